//! Names of each scheme, and names made to do harm.

use super::*;

#[test]
fn rust_names_of_both_schemes_lose_their_hash() {
    let legacy = "_ZN4core3ptr42drop_in_place$LT$alloc..string..String$GT$17h0123456789abcdefE";
    assert_eq!(
        demangle(legacy),
        "core::ptr::drop_in_place<alloc::string::String>"
    );
    assert_eq!(
        demangle(&format!("{legacy}.llvm.1234567890")),
        "core::ptr::drop_in_place<alloc::string::String>"
    );
    assert_eq!(
        demangle("_RNvCskwGfYPst2Cb_3foo16example_function"),
        "foo::example_function"
    );
}

#[test]
fn cxx_names_keep_their_parameters_and_clones() {
    assert_eq!(
        demangle("_ZNSt6vectorIiSaIiEE9push_backEOi"),
        "std::vector<int, std::allocator<int> >::push_back(int&&)"
    );
    assert_eq!(demangle("_Z3foov.part.0.cold"), "foo().part.0.cold");
    assert_eq!(demangle("_ZN3foo3barE"), "foo::bar");
}

#[test]
fn other_names_stay() {
    for name in [
        "",
        "malloc",
        "_start",
        "_Znonsense!",
        "_R",
        "_Z",
        "a.b.c",
        "été",
    ] {
        assert_eq!(demangle(name), name);
    }
}

#[test]
fn names_that_grow_without_bound_are_cut() {
    // Each substitution doubles the type before it.
    let mut doubling = String::from("_Z1fI1aE");
    let mut doubled = String::from("1PIiiE");
    for _ in 0..40 {
        doubled = format!("1PI{doubled}S_E");
    }
    doubling.push_str(&doubled);
    assert!(demangle(&doubling).len() <= NAME_BYTES_MAX + CUT.len());
    let mut squares = String::from("_Z1f");
    squares.push_str("St4pairIiiE");
    for at in 0..30 {
        let index = |at: usize| match at {
            0 => "S_".to_owned(),
            at => format!("S{}_", char::from_digit(at as u32 - 1, 36).unwrap_or('0')),
        };
        squares.push_str(&format!("St4pairI{0}{0}E", index(at)));
    }
    assert!(demangle(&squares).len() <= NAME_BYTES_MAX + CUT.len());
    let long = "é".repeat(NAME_BYTES_MAX);
    let cut = demangle(&long);
    assert!(cut.ends_with(CUT) && cut.len() <= NAME_BYTES_MAX + CUT.len());
}
