//! Where CPython keeps what is read of it: offsets in bytes, by version.
//!
//! The numbers are those of the published headers of 3.11, 3.12 and 3.13 on 64-bit Linux. What a
//! thread, a frame and a code object look like does not change within such a version: debuggers and
//! compilers of extensions rely on it. From 3.13 on the interpreter describes itself at the
//! beginning of `_PyRuntime`; what it says there is taken, and where it says something impossible
//! it is not read. Nothing is guessed: any other version, and a build without the global lock,
//! are refused.

use super::pages::Pages;
use tenure_trace::profile::code::{STATE_BUILD, STATE_VERSION};

/// Offsets in bytes within each structure; see the fields' first words for which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// Thread: the C library's thread.
    pub(super) thread_id: usize,
    /// Thread: where to begin: a C frame where there are such, else the innermost frame.
    pub(super) thread_frame: usize,
    /// Whether the interpreter's loop keeps a *C frame* on the stack that points to the innermost
    /// Python frame.
    pub(super) has_c_frames: bool,
    /// C frame: the innermost Python frame.
    pub(super) c_frame_current: usize,
    /// C frame: that of the loop further out.
    pub(super) c_frame_previous: usize,
    /// Frame: its code object.
    pub(super) frame_code: usize,
    /// Frame: its caller.
    pub(super) frame_previous: usize,
    /// Frame: address of the instruction that it is at.
    pub(super) frame_instruction: usize,
    /// Frame, a byte: whether a loop began with it; 0 where [`Layout::frame_owner`] tells.
    pub(super) frame_is_entry: usize,
    /// Frame, a byte: who owns it. [`OWNED_BY_STACK`] is a mark that a loop keeps on the stack, and
    /// no frame.
    pub(super) frame_owner: usize,
    /// Code: path of the file.
    pub(super) code_file: usize,
    /// Code: qualified name.
    pub(super) code_name: usize,
    /// Code: table of lines.
    pub(super) code_lines: usize,
    /// Code, `u32`: first line.
    pub(super) code_first_line: usize,
    /// Code, `u32`: a number that no other code object has; 0 where there is none.
    pub(super) code_version: usize,
    /// Code, `u32`: the first instruction that is the program's.
    pub(super) code_first_traceable: usize,
    /// Code: its instructions.
    pub(super) code_instructions: usize,
    /// Text: characters of ASCII.
    pub(super) text_ascii: usize,
    /// Text: other characters.
    pub(super) text_wide: usize,
}

/// As [`Layout::frame_owner`]: the C stack.
pub(super) const OWNED_BY_STACK: u8 = 3;
/// Any object: its type.
pub(super) const OBJECT_TYPE: usize = 8;
/// Text: how many characters.
pub(super) const TEXT_LENGTH: usize = 16;
/// Text, `u32`: how they are kept.
pub(super) const TEXT_STATE: usize = 32;
/// Bytes: how many.
pub(super) const BYTES_LENGTH: usize = 16;
/// Bytes: the first of them.
pub(super) const BYTES_DATA: usize = 32;
/// Code: bytes from its beginning that hold all fields that are read.
pub(super) const CODE_BYTES: usize = 208;
/// Frame: bytes from its beginning that hold all fields that are read.
pub(super) const FRAME_BYTES: usize = 72;

const CPYTHON_3_11: Layout = Layout {
    thread_id: 152,
    thread_frame: 56,
    has_c_frames: true,
    c_frame_current: 8,
    c_frame_previous: 16,
    frame_code: 32,
    frame_previous: 48,
    frame_instruction: 56,
    frame_is_entry: 68,
    frame_owner: 69,
    code_file: 112,
    code_name: 128,
    code_lines: 136,
    code_first_line: 72,
    code_version: 0,
    code_first_traceable: 168,
    code_instructions: 184,
    text_ascii: 48,
    text_wide: 72,
};

const CPYTHON_3_12: Layout = Layout {
    thread_id: 136,
    c_frame_current: 0,
    c_frame_previous: 8,
    frame_code: 0,
    frame_previous: 8,
    frame_is_entry: 0,
    frame_owner: 70,
    code_first_line: 68,
    code_version: 92,
    code_first_traceable: 176,
    code_instructions: 192,
    text_ascii: 40,
    text_wide: 56,
    ..CPYTHON_3_11
};

const CPYTHON_3_13: Layout = Layout {
    thread_id: 152,
    thread_frame: 72,
    has_c_frames: false,
    code_first_traceable: 184,
    code_instructions: 200,
    ..CPYTHON_3_12
};

/// What stands at the beginning of a runtime that describes itself.
const COOKIE: u64 = u64::from_le_bytes(*b"xdebugpy");
/// Offsets in the description.
const DESCRIBED_VERSION: usize = 8;
const DESCRIBED_FREE_THREADED: usize = 16;

impl Layout {
    /// That of no interpreter.
    pub(super) const NONE: Self = Self {
        thread_id: 0,
        thread_frame: 0,
        has_c_frames: false,
        c_frame_current: 0,
        c_frame_previous: 0,
        frame_code: 0,
        frame_previous: 0,
        frame_instruction: 0,
        frame_is_entry: 0,
        frame_owner: 0,
        code_file: 0,
        code_name: 0,
        code_lines: 0,
        code_first_line: 0,
        code_version: 0,
        code_first_traceable: 0,
        code_instructions: 0,
        text_ascii: 0,
        text_wide: 0,
    };

    /// That of the interpreter of `version`, whose runtime is at `runtime`.
    ///
    /// # Errors
    /// A `STATE_` constant of the code file: why its frames cannot be read.
    pub(super) fn of(version: u64, runtime: usize, pages: &mut Pages) -> Result<Self, u64> {
        match version >> 16 {
            0x030b => Ok(CPYTHON_3_11),
            0x030c => Ok(CPYTHON_3_12),
            0x030d => CPYTHON_3_13
                .as_described(version, runtime, pages)
                .ok_or(STATE_BUILD),
            _ => Err(STATE_VERSION),
        }
    }

    /// With the offsets that the interpreter itself gives.
    fn as_described(mut self, version: u64, runtime: usize, pages: &mut Pages) -> Option<Self> {
        let mut field = |offset: usize| pages.word(runtime.checked_add(offset)?);
        if field(0)? as u64 != COOKIE
            || field(DESCRIBED_VERSION)? as u64 != version
            || field(DESCRIBED_FREE_THREADED)? != 0
        {
            return None;
        }
        let fields = [
            (&mut self.thread_frame, 184),
            (&mut self.thread_id, 192),
            (&mut self.frame_previous, 232),
            (&mut self.frame_code, 240),
            (&mut self.frame_instruction, 248),
            (&mut self.frame_owner, 264),
            (&mut self.code_file, 280),
            (&mut self.code_name, 296),
            (&mut self.code_lines, 304),
            (&mut self.code_first_line, 312),
            (&mut self.code_instructions, 344),
        ];
        for (target, offset) in fields {
            *target = field(offset)?;
        }
        // Not described: it stands at the same distance from what is.
        self.code_first_traceable = self.code_instructions.checked_sub(16)?;
        let known_text = (field(360)?, field(552)?, field(544)?, field(560)?);
        let is_known = known_text == (OBJECT_TYPE, TEXT_LENGTH, TEXT_STATE, self.text_ascii);
        if self.code_instructions != CPYTHON_3_13.code_instructions {
            self.code_version = 0;
        }
        (is_known && self.check()).then_some(self)
    }

    /// Whether all lies in the bytes that are asked for, and is aligned.
    fn check(&self) -> bool {
        let words = [self.frame_previous, self.frame_code, self.frame_instruction];
        let code = [self.code_file, self.code_name, self.code_lines];
        let ints = [self.code_first_line, self.code_first_traceable];
        let is_word = |end: usize| move |&at: &usize| at.is_multiple_of(8) && at + 8 <= end;
        words.iter().all(is_word(FRAME_BYTES))
            && code.iter().all(is_word(CODE_BYTES))
            && [self.thread_id, self.thread_frame]
                .iter()
                .all(is_word(4096))
            && ints
                .iter()
                .all(|&at| at.is_multiple_of(4) && at + 4 <= CODE_BYTES)
            && self.frame_owner < FRAME_BYTES
            && self.code_instructions <= 4096
    }
}

/// The layouts that are known, for tests on memory made by hand.
#[cfg(test)]
pub(super) fn tests_layouts() -> [Layout; 3] {
    [CPYTHON_3_11, CPYTHON_3_12, CPYTHON_3_13]
}

/// The first of them.
#[cfg(test)]
pub(super) fn tests_layout() -> Layout {
    CPYTHON_3_11
}

#[cfg(test)]
mod tests;
