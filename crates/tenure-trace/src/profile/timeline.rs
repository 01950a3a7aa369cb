//! Live and held bytes over time: for each interval the most, and the last.
//!
//! Element `i` covers `i × width` to `(i + 1) × width` nanoseconds since the start. When all
//! [`POINTS_MAX`] are used, neighbours are merged and the width doubles.

use super::ProfileError;
use super::array::{ArrayView, Kind, OWN_FIELDS_OFFSET};
use crate::little_endian::{put, u64_at};

/// Size of an element in bytes.
pub const POINT_BYTES: usize = 32;
/// Elements at most.
pub const POINTS_MAX: usize = 4096;
/// `u64`, nanoseconds, in the file's header: width of an element.
pub const WIDTH_NS_OFFSET: usize = 48;
/// `u64`, nanoseconds of `CLOCK_MONOTONIC`, in the file's header: where element 0 begins.
pub const START_MONO_NS_OFFSET: usize = 56;
/// `u64`, bytes, within an element: the most that were live in the interval.
pub const MAX_LIVE_BYTES_OFFSET: usize = 0;
/// `u64`, bytes, within an element: how many were live at its end.
pub const LAST_LIVE_BYTES_OFFSET: usize = 8;

/// `u64`, bytes, within an element: the most that were held in the interval.
pub const MAX_HELD_BYTES_OFFSET: usize = 16;
/// `u64`, bytes, within an element: how many were held at its end.
pub const LAST_HELD_BYTES_OFFSET: usize = 24;

/// One interval. All numbers are 0 where nothing was told in it: then the last ones go on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Point {
    /// The most requested bytes that were live in the interval.
    pub max_live_bytes: u64,
    /// Requested bytes that were live at its end.
    pub last_live_bytes: u64,
    /// The most bytes that were mapped for the heap in the interval.
    pub max_held_bytes: u64,
    /// Bytes that were mapped for the heap at its end.
    pub last_held_bytes: u64,
}

impl Point {
    /// The interval as bytes.
    pub fn encode(&self) -> [u8; POINT_BYTES] {
        let mut bytes = [0; POINT_BYTES];
        // Constant offsets within the element.
        for (offset, number) in [
            (MAX_LIVE_BYTES_OFFSET, self.max_live_bytes),
            (LAST_LIVE_BYTES_OFFSET, self.last_live_bytes),
            (MAX_HELD_BYTES_OFFSET, self.max_held_bytes),
            (LAST_HELD_BYTES_OFFSET, self.last_held_bytes),
        ] {
            let _ = put(&mut bytes, offset, &number.to_le_bytes());
        }
        bytes
    }

    /// Whether nothing was told in the interval.
    pub fn is_untold(&self) -> bool {
        *self == Self::default()
    }
}

/// A timeline file, read in place.
#[derive(Clone, Copy, Debug)]
pub struct Timeline<'a> {
    array: ArrayView<'a>,
}

impl<'a> Timeline<'a> {
    /// Checks the header.
    ///
    /// # Errors
    ///
    /// As [`super::ArrayHeader::parse`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ProfileError> {
        ArrayView::parse(Kind::Timeline, bytes).map(|array| Self { array })
    }

    /// The file as an array.
    pub fn array(&self) -> &ArrayView<'a> {
        &self.array
    }

    /// Width of an interval in nanoseconds.
    pub fn width_ns(&self) -> u64 {
        self.array.header().width_ns
    }

    /// The intervals in order, at most [`POINTS_MAX`].
    pub fn points(&self) -> impl Iterator<Item = Point> + use<'a> {
        let number = |bytes, offset| u64_at(bytes, offset).unwrap_or(0);
        self.array
            .elements()
            .take(POINTS_MAX)
            .map(move |bytes| Point {
                max_live_bytes: number(bytes, MAX_LIVE_BYTES_OFFSET),
                last_live_bytes: number(bytes, LAST_LIVE_BYTES_OFFSET),
                max_held_bytes: number(bytes, MAX_HELD_BYTES_OFFSET),
                last_held_bytes: number(bytes, LAST_HELD_BYTES_OFFSET),
            })
    }
}

const _: () = assert!(WIDTH_NS_OFFSET == OWN_FIELDS_OFFSET);
const _: () = assert!(WIDTH_NS_OFFSET + 8 == START_MONO_NS_OFFSET);
const _: () = assert!(MAX_LIVE_BYTES_OFFSET + 8 == LAST_LIVE_BYTES_OFFSET);
const _: () = assert!(LAST_LIVE_BYTES_OFFSET + 8 == MAX_HELD_BYTES_OFFSET);
const _: () = assert!(MAX_HELD_BYTES_OFFSET + 8 == LAST_HELD_BYTES_OFFSET);
const _: () = assert!(LAST_HELD_BYTES_OFFSET + 8 == POINT_BYTES);
