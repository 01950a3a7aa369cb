//! The ground of Tenure: units, spans, bit sets and the atomics switch.
#![no_std]
