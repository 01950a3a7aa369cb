//! What `#[trace(...)]` says, on a type and on a field.

use proc_macro2::Span;
use quote::ToTokens;
use syn::meta::ParseNestedMeta;
use syn::{Attribute, Error, Field, Lifetime, Path, Result, Token};

/// What stands in the attributes of a type.
#[derive(Default)]
pub(crate) struct OfType {
    /// Which lifetime is the brand.
    pub(crate) brand: Option<Lifetime>,
    /// Where the trait is found.
    pub(crate) home: Option<Path>,
    /// Nothing is visited.
    pub(crate) leaf: Option<Span>,
    /// The constant does not ask the fields.
    pub(crate) always: bool,
    /// Each field must be traceable while its owner writes.
    pub(crate) concurrent: bool,
    /// The type may implement `Drop`.
    pub(crate) unsafe_drop: bool,
}

/// Reads the attributes of a type.
///
/// # Errors
/// A word that is unknown here, or that is said twice.
pub(crate) fn of_type(attributes: &[Attribute]) -> Result<OfType> {
    let mut found = OfType::default();
    let mut said = Vec::new();
    for_each_word(attributes, &mut |meta| {
        once(&mut said, meta)?;
        if meta.path.is_ident("brand") {
            found.brand = Some(meta.value()?.parse()?);
        } else if meta.path.is_ident("crate") {
            found.home = Some(meta.value()?.call(Path::parse_mod_style)?);
        } else if meta.path.is_ident("static") {
            found.leaf = Some(span(meta));
        } else if meta.path.is_ident("always") {
            found.always = true;
        } else if meta.path.is_ident("concurrent") {
            found.concurrent = true;
        } else if meta.path.is_ident("unsafe_drop") {
            found.unsafe_drop = true;
        } else {
            return Err(meta.error(
                "on a type, `trace` knows `brand = 'a`, `static`, `always`, `concurrent`, \
                 `unsafe_drop` and `crate = path`",
            ));
        }
        Ok(())
    })?;
    if let Some(at) = found.leaf
        && (found.concurrent || found.always || found.unsafe_drop || found.brand.is_some())
    {
        return Err(Error::new(
            at,
            "of a type that is `static` no field is visited: of the other words only `crate` \
             goes with it",
        ));
    }
    Ok(found)
}

/// Whether the attributes of a field say that it is `'static` and not visited.
///
/// # Errors
/// Any other word.
pub(crate) fn is_leaf(field: &Field) -> Result<bool> {
    let mut leaf = false;
    let mut said = Vec::new();
    for_each_word(&field.attrs, &mut |meta| {
        once(&mut said, meta)?;
        if !meta.path.is_ident("static") {
            return Err(meta.error("on a field, `trace` knows `static` alone"));
        }
        leaf = true;
        Ok(())
    })?;
    Ok(leaf)
}

/// Refuses attributes where none has a meaning, as on a variant.
///
/// # Errors
/// There is one.
pub(crate) fn none(attributes: &[Attribute], place: &str) -> Result<()> {
    match attributes.iter().find(|one| one.path().is_ident("trace")) {
        Some(one) => Err(Error::new_spanned(
            one,
            format!("`trace` says nothing on {place}: it stands on the type or on a field"),
        )),
        None => Ok(()),
    }
}

/// Calls `read` for each word of each `trace`.
fn for_each_word(
    attributes: &[Attribute],
    read: &mut dyn FnMut(&ParseNestedMeta<'_>) -> Result<()>,
) -> Result<()> {
    for attribute in attributes {
        if attribute.path().is_ident("trace") {
            attribute.parse_nested_meta(|meta| {
                // A keyword is no path by the grammar of expressions, but it is one here.
                read(&meta)?;
                match meta.input.peek(Token![=]) {
                    true => Err(meta.error("this word takes no value")),
                    false => Ok(()),
                }
            })?;
        }
    }
    Ok(())
}

/// Refuses a word that was said before.
fn once(said: &mut Vec<String>, meta: &ParseNestedMeta<'_>) -> Result<()> {
    let word = meta.path.to_token_stream().to_string();
    if said.contains(&word) {
        return Err(meta.error("said twice"));
    }
    said.push(word);
    Ok(())
}

/// Where a word stands.
fn span(meta: &ParseNestedMeta<'_>) -> Span {
    meta.path
        .segments
        .first()
        .map_or_else(Span::call_site, |segment| segment.ident.span())
}
