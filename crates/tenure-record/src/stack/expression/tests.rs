//! The expressions that linkers, compilers and glibc write into unwind tables.

use super::*;

fn symbol(bytes: &[u8], pc: u64) -> Option<Value> {
    let expression = Expression(EndianSlice::new(bytes, LittleEndian));
    evaluate(expression, None, &Symbols { pc })
}

#[test]
fn a_linkage_table_counts_from_the_stack_pointer_by_the_place_in_its_entry() {
    // breg7 8; breg16 0; lit15; and; lit11; ge; lit3; shl; plus
    let expression = [0x77, 8, 0x80, 0, 0x3f, 0x1a, 0x3b, 0x2a, 0x33, 0x24, 0x22];
    assert_eq!(symbol(&expression, 0x1000), Some(Value::Register(7, 8)));
    assert_eq!(symbol(&expression, 0x100a), Some(Value::Register(7, 8)));
    assert_eq!(symbol(&expression, 0x100b), Some(Value::Register(7, 16)));
    assert_eq!(symbol(&expression, 0x100f), Some(Value::Register(7, 16)));
}

#[test]
fn an_aligned_frame_finds_its_address_in_memory() {
    // breg6 -8; deref
    assert_eq!(symbol(&[0x76, 0x78, 0x06], 0), Some(Value::Word(6, -8, 0)));
    // breg6 -8; deref; plus_uconst 16
    assert_eq!(
        symbol(&[0x76, 0x78, 0x06, 0x23, 16], 0),
        Some(Value::Word(6, -8, 16))
    );
    // breg7 160; deref: glibc's signal frame
    assert_eq!(
        symbol(&[0x77, 0xa0, 0x01, 0x06], 0),
        Some(Value::Word(7, 160, 0))
    );
}

#[test]
fn what_has_no_symbol_and_what_is_torn_gives_nothing() {
    // The sum of two registers.
    assert_eq!(symbol(&[0x76, 0, 0x77, 0, 0x22], 0), None);
    // A word of a word.
    assert_eq!(symbol(&[0x76, 0, 0x06, 0x06], 0), None);
    // Nothing, an operation without operands, one that is cut, one that nobody knows.
    for expression in [
        &[][..],
        &[0x22],
        &[0x06],
        &[0x76],
        &[0x23, 0x80],
        &[0xff],
        &[0x1a],
    ] {
        assert_eq!(symbol(expression, 0), None, "{expression:x?}");
    }
    // More operands than there is room for, and more operations than are followed.
    assert_eq!(symbol(&[0x31; 9], 0), None);
    assert_eq!(symbol(&[&[0x31][..], &[0x96; 64]].concat(), 0), None);
}
