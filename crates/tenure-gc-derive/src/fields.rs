//! The fields of a type, as a list that both methods are written from.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens, format_ident};
use syn::{Data, DeriveInput, Error, Fields, Member, Result, Type};

use crate::attributes;

/// One field of a variant.
pub(crate) struct Field {
    /// How it is named in a pattern.
    pub(crate) member: Member,
    /// How it is named to a visitor.
    pub(crate) label: String,
    /// The variable that it is bound to.
    pub(crate) local: Ident,
    /// Its type.
    pub(crate) kind: Type,
    /// Whether it is `'static` and not visited.
    pub(crate) leaf: bool,
}

/// One shape that a value may have: a variant, or the struct.
pub(crate) struct Shape {
    /// The variant; none for a struct.
    pub(crate) variant: Option<Ident>,
    /// Its fields, in order.
    pub(crate) fields: Vec<Field>,
}

/// The shapes of a type; of a struct there is one.
///
/// # Errors
/// The type is a union, or an attribute is wrong.
pub(crate) fn shapes(input: &DeriveInput) -> Result<Vec<Shape>> {
    match &input.data {
        Data::Struct(data) => Ok(vec![shape(None, &data.fields)?]),
        Data::Enum(data) => data
            .variants
            .iter()
            .map(|variant| {
                attributes::none(&variant.attrs, "a variant")?;
                shape(Some(variant.ident.clone()), &variant.fields)
            })
            .collect(),
        Data::Union(data) => Err(Error::new(
            data.union_token.span,
            "a union does not say which of its fields is in use, so nobody can visit it: \
             use an enum",
        )),
    }
}

/// The shape with these fields.
fn shape(variant: Option<Ident>, fields: &Fields) -> Result<Shape> {
    let mut list = Vec::new();
    for (index, (field, member)) in fields.iter().zip(fields.members()).enumerate() {
        list.push(Field {
            label: match &member {
                Member::Named(name) => name.to_string().trim_start_matches("r#").to_owned(),
                Member::Unnamed(at) => at.index.to_string(),
            },
            member,
            local: format_ident!("__field{index}"),
            kind: field.ty.clone(),
            leaf: attributes::is_leaf(field)?,
        });
    }
    Ok(Shape {
        variant,
        fields: list,
    })
}

impl Field {
    /// Whether its type is written with `name` somewhere.
    pub(crate) fn names(&self, name: &Ident) -> bool {
        mentions(self.kind.to_token_stream(), name)
    }

    /// Whether its type is written as a `PhantomData`, which holds nothing.
    pub(crate) fn is_phantom(&self) -> bool {
        match &self.kind {
            Type::Path(path) => {
                (path.path.segments.last()).is_some_and(|segment| segment.ident == "PhantomData")
            }
            _ => false,
        }
    }
}

/// Whether a name stands among the tokens.
fn mentions(tokens: TokenStream, name: &Ident) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == *name,
        TokenTree::Group(group) => mentions(group.stream(), name),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}
