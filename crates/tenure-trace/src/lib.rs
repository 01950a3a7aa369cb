//! The record format of Tenure: layout, encoding and decoding, without I/O.
#![no_std]
