//! Address space: reservations, commit, decommit, guards, mapped files.
#![no_std]
