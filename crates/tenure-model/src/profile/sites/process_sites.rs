//! Taking in the array files of one process.

use super::sums::Tally;
use super::{Image, LiveCurve, LivePoint, Mode, SITES_MAX};
use std::collections::BTreeMap;
use tenure_trace::profile::{
    ArrayHeader, Functions, Kind, Modules, Nodes, ProfileError, SiteRecord, Sites, Timeline,
};
use tenure_trace::state::StateView;

/// The array files of one process, in the making.
///
/// Site records are added one by one and summed at once, so that a file of any length costs
/// memory for its distinct sites alone.
#[derive(Clone, Debug, Default)]
pub struct ProcessSites {
    pub(super) image: Image,
    pub(super) mode: Mode,
    pub(super) sample_rate_bytes: u64,
    /// Number of the peak, the live bytes then, and when.
    pub(super) peak: Option<(u64, u64, u64)>,
    pub(super) nodes: Vec<u8>,
    pub(super) modules: Vec<u8>,
    pub(super) code: Vec<u8>,
    pub(super) tallies: BTreeMap<u32, Tally>,
    pub(super) notes: Vec<String>,
    has_state: bool,
    beyond: u64,
}

impl ProcessSites {
    /// A process that is known by its state file.
    pub fn of_state(state: &StateView<'_>) -> Self {
        let fields = state.header();
        let ended = fields.end_mono_ns.checked_sub(fields.start_mono_ns);
        Self {
            image: Image {
                pid: fields.pid,
                program: String::from_utf8_lossy(state.program()).into_owned(),
                start_mono_ns: fields.start_mono_ns,
                wall_ns: ended,
                ..Image::default()
            },
            mode: Mode::of(fields.mode),
            sample_rate_bytes: fields.sample_rate_bytes,
            peak: Some((
                fields.peak_epoch,
                fields.peak_live_bytes,
                fields.peak_mono_ns.saturating_sub(fields.start_mono_ns),
            )),
            has_state: true,
            ..Self::default()
        }
    }

    /// A process whose state file is lost: its figures at peak are not known.
    pub fn without_state(pid: u32, seq: u32) -> Self {
        let image = Image {
            pid,
            seq,
            ..Image::default()
        };
        Self {
            image,
            ..Self::default()
        }
    }

    /// Process id.
    pub fn pid(&self) -> u32 {
        self.image.pid
    }

    /// Number of the image among those of this process id, once an array file has told it.
    pub fn seq(&self) -> u32 {
        self.image.seq
    }

    /// Says which image of the process id this is; the state file does not know.
    pub fn set_seq(&mut self, seq: u32) {
        self.image.seq = seq;
    }

    /// Whether any record was added.
    pub fn has_sites(&self) -> bool {
        !self.tallies.is_empty()
    }

    /// Takes in the nodes file.
    ///
    /// # Errors
    ///
    /// [`ProfileError`] where its header cannot be read; nothing is taken in then.
    pub fn set_nodes(&mut self, bytes: Vec<u8>) -> Result<(), ProfileError> {
        let nodes = Nodes::parse(&bytes)?;
        let (header, missing) = (*nodes.array().header(), nodes.array().missing());
        self.note(Kind::Nodes, &header, missing);
        self.nodes = bytes;
        Ok(())
    }

    /// Takes in the modules file.
    ///
    /// # Errors
    ///
    /// [`ProfileError`] where its header cannot be read; nothing is taken in then.
    pub fn set_modules(&mut self, bytes: Vec<u8>) -> Result<(), ProfileError> {
        let modules = Modules::parse(&bytes)?;
        let (header, missing) = (*modules.array().header(), modules.array().missing());
        self.note(Kind::Modules, &header, missing);
        self.modules = bytes;
        Ok(())
    }

    /// Takes in the code file.
    ///
    /// # Errors
    ///
    /// [`ProfileError`] where its header cannot be read; nothing is taken in then.
    pub fn set_code(&mut self, bytes: Vec<u8>) -> Result<(), ProfileError> {
        let functions = Functions::parse(&bytes)?;
        let (header, missing) = (*functions.array().header(), functions.array().missing());
        self.note(Kind::Code, &header, missing);
        self.code = bytes;
        Ok(())
    }

    /// Takes in the timeline file.
    ///
    /// # Errors
    ///
    /// [`ProfileError`] where its header cannot be read; nothing is taken in then.
    pub fn set_timeline(&mut self, bytes: &[u8]) -> Result<(), ProfileError> {
        let timeline = Timeline::parse(bytes)?;
        self.note(
            Kind::Timeline,
            timeline.array().header(),
            timeline.array().missing(),
        );
        let (mut last_bytes, mut last_held_bytes) = (0, 0);
        let points = timeline.points().map(|point| {
            if !point.is_untold() {
                last_bytes = point.last_live_bytes;
                last_held_bytes = point.last_held_bytes;
            }
            LivePoint {
                max_bytes: point.max_live_bytes.max(last_bytes),
                last_bytes,
                max_held_bytes: point.max_held_bytes.max(last_held_bytes),
                last_held_bytes,
            }
        });
        self.image.live = LiveCurve {
            points: points.collect(),
            width_ns: timeline.width_ns(),
        };
        Ok(())
    }

    /// Takes in the sites file.
    ///
    /// # Errors
    ///
    /// [`ProfileError`] where its header cannot be read; nothing is taken in then.
    pub fn set_sites(&mut self, bytes: &[u8]) -> Result<(), ProfileError> {
        let sites = Sites::parse(bytes)?;
        self.note_sites(sites.array().header(), sites.array().missing());
        sites.records().for_each(|record| self.add_record(&record));
        Ok(())
    }

    /// Notes what the header of a sites file says whose records are added one by one, `missing`
    /// of which are not there.
    pub fn note_sites(&mut self, header: &ArrayHeader, missing: u64) {
        self.note(Kind::Sites, header, missing);
    }

    /// Adds one site record; those not in use are passed over.
    pub fn add_record(&mut self, record: &SiteRecord) {
        if !record.is_in_use() {
            return;
        }
        if self.tallies.len() >= SITES_MAX && !self.tallies.contains_key(&record.site) {
            self.beyond += 1;
            return;
        }
        if !self.has_state {
            let of_record = match record.is_sampled() {
                true => Mode::Sample,
                false => Mode::Every,
            };
            self.mode = self.mode.max(of_record);
        }
        let epoch = self.peak.map(|peak| peak.0);
        self.tallies
            .entry(record.site)
            .or_default()
            .add(record, epoch);
    }

    /// Drops the records, because the section that they came from turned out to be damaged.
    pub fn forget_sites(&mut self) {
        self.tallies.clear();
        self.beyond = 0;
    }

    /// What is to be told about this process's files, one sentence each.
    pub(super) fn take_notes(&mut self) -> Vec<String> {
        let mut notes = std::mem::take(&mut self.notes);
        if self.beyond > 0 {
            notes.push(format!(
                "process {}: {} site records were left out: there are more than {SITES_MAX} \
                 different call stacks",
                self.image.pid, self.beyond
            ));
        }
        if !self.has_state && self.has_sites() {
            notes.push(format!(
                "process {}: its state file is lost, so the figures at its peak are not known",
                self.image.pid
            ));
        }
        notes
    }

    fn note(&mut self, kind: Kind, header: &ArrayHeader, missing: u64) {
        let (pid, name) = (self.image.pid, kind.name());
        if missing > 0 {
            self.notes.push(format!(
                "process {pid}: the {name} file is cut short, {missing} of its {} elements are \
                 missing",
                header.count
            ));
        }
        if header.is_incomplete() {
            let what = match kind {
                Kind::Nodes => "call stacks, which are shown without their inner frames",
                Kind::Sites => "allocations and frees, which no site counts",
                Kind::Modules => "libraries, whose functions have no names",
                Kind::Code => "interpreted functions, whose frames are left out",
                Kind::Timeline => "points of the timeline",
                Kind::Events => "events",
            };
            self.notes.push(format!(
                "process {pid}: the {name} file could not grow while it ran; not recorded: {} \
                 {what}",
                header.lost
            ));
        }
    }
}
