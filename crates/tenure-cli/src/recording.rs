//! What `tenure run` records: the flags, and the words that the library understands.

/// The ways to record.
#[derive(Debug, Clone, Default, clap::Args)]
#[group(multiple = false)]
pub(crate) struct Choice {
    /// Note who allocates for some blocks, drawn at random: one in BYTES on average (the
    /// default)
    ///
    /// What is shown is estimated from them, each site on its own, with a 95 % interval. Costs
    /// next to nothing. BYTES may end in KiB or MiB. Without BYTES the first samples are close
    /// together, so that a short run is seen too, and the gaps grow to 512 KiB.
    #[arg(long, value_name = "BYTES", num_args = 0..=1, require_equals = true,
        default_missing_value = "0", value_parser = bytes)]
    pub(crate) sample: Option<u64>,
    /// Note who allocates, how much and for how long, for every block: exact
    #[arg(long)]
    pub(crate) every: bool,
    /// As --every, and write down each allocation and free with its time: exact in time too
    #[arg(long)]
    pub(crate) events: bool,
    /// Count blocks by size only: exact, and nothing about who
    #[arg(long)]
    pub(crate) stats: bool,
}

impl Choice {
    /// What stands before `,dir=` in the variable `TENURE`. For `leaks`, every block is recorded
    /// unless another way was chosen.
    pub(crate) fn words(&self, leaks: bool) -> String {
        let mode = self.mode(leaks);
        match leaks {
            true => format!("{mode},leaks"),
            false => mode,
        }
    }

    fn mode(&self, leaks: bool) -> String {
        match self.sample {
            Some(0) => "sample".to_owned(),
            Some(bytes) => format!("sample={bytes}"),
            None if self.every => "every".to_owned(),
            None if self.events => "events".to_owned(),
            None if self.stats => "stats".to_owned(),
            None if leaks => "every".to_owned(),
            None => "sample".to_owned(),
        }
    }
}

/// Reads a number of bytes: `4096`, `64KiB`, `1MiB`.
pub(crate) fn bytes(text: &str) -> Result<u64, String> {
    let (digits, unit) = match text.find(|letter: char| !letter.is_ascii_digit()) {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    let factor = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kib" => 1 << 10,
        "m" | "mib" => 1 << 20,
        "g" | "gib" => 1 << 30,
        "t" | "tib" => 1 << 40,
        _ => return Err(format!("\"{unit}\" is no unit; write 4096, 64KiB or 1MiB")),
    };
    let number: Option<u64> = digits.parse().ok();
    number
        .and_then(|number| number.checked_mul(factor))
        .ok_or_else(|| "write a number of bytes, such as 4096, 64KiB or 1MiB".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_bytes_have_units() {
        assert_eq!(bytes("4096"), Ok(4096));
        assert_eq!(bytes("64KiB"), Ok(65_536));
        assert_eq!(bytes("1m"), Ok(1 << 20));
        assert!(bytes("1 parsec").is_err_and(|text| text.contains("no unit")));
        assert!(bytes("99999999999GiB").is_err());
        assert!(bytes("").is_err());
    }

    #[test]
    fn words_are_those_of_the_library() {
        let none = Choice::default;
        let sampled = |bytes| Choice {
            sample: Some(bytes),
            ..none()
        };
        assert_eq!(sampled(0).words(false), "sample");
        assert_eq!(sampled(4096).words(false), "sample=4096");
        let every = Choice {
            every: true,
            ..none()
        };
        assert_eq!(every.words(false), "every");
        let events = Choice {
            events: true,
            ..none()
        };
        assert_eq!(events.words(false), "events");
        assert_eq!(none().words(false), "sample");
        let stats = Choice {
            stats: true,
            ..none()
        };
        assert_eq!(stats.words(false), "stats");
        assert_eq!(stats.words(true), "stats,leaks");
        assert_eq!(sampled(0).words(true), "sample,leaks");
        assert_eq!(none().words(true), "every,leaks");
    }
}
