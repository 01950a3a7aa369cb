//! What a misused heap ends in: the record is marked, the fault is named, the process aborts.

use tenure_heap::Fault;
use tenure_os::fatal;

/// The handler that the heap calls when it is handed an address that is no live block.
pub(crate) fn stop(fault: Fault) -> ! {
    tenure_record::end_by_fault();
    fatal::tell(format_args!("{fault}"));
    fatal::abort()
}
