//! Gates: whether what the user demands of a log holds.

use crate::failure::{DONE, Failure, GATE};
use crate::screen;
use tenure_model::timeline::{Gate, Verdict};

/// Judges each gate, says what came of it on stderr, and gives the exit code.
pub(super) fn judge(gates: &[Gate], of: impl Fn(&Gate) -> Verdict) -> Result<u8, Failure> {
    let mut code = DONE;
    for gate in gates {
        let verdict = of(gate);
        let word = if verdict.holds { "passed" } else { "failed" };
        screen::complain(&format!(
            "gate `{}` {word}: {}",
            gate.text(),
            verdict.reason
        ));
        if !verdict.holds {
            code = GATE;
        }
    }
    Ok(code)
}
