//! The general heap of Tenure and its GlobalAlloc.
#![no_std]
