//! CRC-32 of IEEE 802.3, eight bytes a step.
//!
//! Own code for two reasons: this crate is linked into the library that is loaded into other
//! people's programs, which takes no dependency that it can do without; and without `std` the
//! usual crate cannot ask the processor for its carry-less multiplication, so its speed would be
//! that of a table anyway. The tables are computed at compile time (8 KiB, read-only).

/// `TABLES[k][b]`: the checksum of byte `b` followed by `k` zero bytes.
const TABLES: [[u32; 256]; 8] = tables();

/// The polynomial of IEEE 802.3, bits reversed.
const POLYNOMIAL: u32 = 0xedb8_8320;

/// A checksum in the making.
///
/// ```
/// use tenure_trace::container::Crc32;
/// assert_eq!(Crc32::of(b"123456789"), 0xcbf4_3926);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Crc32 {
    register: u32,
}

impl Crc32 {
    /// The checksum of no bytes.
    pub const fn new() -> Self {
        Self { register: !0 }
    }

    /// The checksum of `bytes`. O(n), one step for eight bytes.
    pub fn of(bytes: &[u8]) -> u32 {
        Self::new().update(bytes).finish()
    }

    /// The checksum with `bytes` appended.
    #[must_use]
    pub fn update(self, bytes: &[u8]) -> Self {
        let mut register = self.register;
        let (steps, tail) = bytes.as_chunks::<8>();
        for step in steps {
            let [a, b, c, d, e, f, g, h] = *step;
            let [a, b, c, d] = (register ^ u32::from_le_bytes([a, b, c, d])).to_le_bytes();
            register = [a, b, c, d, e, f, g, h]
                .iter()
                .zip(TABLES.iter().rev())
                .fold(0, |sum, (byte, table)| sum ^ table[usize::from(*byte)]);
        }
        for byte in tail {
            let [low, ..] = register.to_le_bytes();
            register = TABLES[0][usize::from(low ^ byte)] ^ (register >> 8);
        }
        Self { register }
    }

    /// The checksum of all bytes so far.
    pub const fn finish(self) -> u32 {
        !self.register
    }
}

impl Default for Crc32 {
    fn default() -> Self {
        Self::new()
    }
}

const fn tables() -> [[u32; 256]; 8] {
    let mut tables = [[0; 256]; 8];
    let mut byte = 0;
    while byte < 256 {
        let mut sum = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            sum = if sum & 1 == 1 {
                POLYNOMIAL ^ (sum >> 1)
            } else {
                sum >> 1
            };
            bit += 1;
        }
        tables[0][byte] = sum;
        byte += 1;
    }
    let mut table = 1;
    while table < 8 {
        let mut byte = 0;
        while byte < 256 {
            let before = tables[table - 1][byte];
            tables[table][byte] = tables[0][(before & 0xff) as usize] ^ (before >> 8);
            byte += 1;
        }
        table += 1;
    }
    tables
}
