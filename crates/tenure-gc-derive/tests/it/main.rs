//! What the derive writes. What it refuses stands in `tests/ui` of `tenure-gc`.

mod expansion;
