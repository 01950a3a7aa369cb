//! `#[derive(Trace)]`: which fields of a type lead on to collected objects.

mod attributes;
mod expand;
mod fields;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Implements `tenure_gc::Trace`: both methods and both constants, from one list of fields.
///
/// The lifetime of the type is the brand of the pointers that it holds. A type without a lifetime
/// implements the trait for every brand. A type parameter that a visited field names gets the bound
/// `T: Trace<'gc>`.
///
/// A type with a lifetime or a type parameter may not implement `Drop`: when it is dropped, what it
/// points to may be gone already. A type without either holds no pointer of a brand, and may.
///
/// # On the type
/// * `#[trace(brand = 'a)]`: which of several lifetimes is the brand.
/// * `#[trace(static)]`: the type is `'static`, and no field of it is visited.
/// * `#[trace(always)]`: `NEEDS_TRACE` is true without a look at the fields. For types that hold
///   each other in boxes or vectors, whose constants would otherwise ask for each other.
/// * `#[trace(concurrent)]`: it is an error if some field cannot be traced while its owner writes.
///   If the type has type parameters, the error comes where a collector first asks.
/// * `#[trace(unsafe_drop)]`: the type may implement `Drop`, whose author promises that it follows
///   no pointer to a collected object.
/// * `#[trace(crate = path)]`: where `Trace` and its companions are found, if not in `::tenure_gc`.
///
/// # On a field
/// * `#[trace(static)]`: the field is `'static`, which is checked, and is not visited.
#[proc_macro_derive(Trace, attributes(trace))]
pub fn trace(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    match expand::implementation(&input) {
        Ok(tokens) => tokens.into(),
        Err(error) => error.into_compile_error().into(),
    }
}
