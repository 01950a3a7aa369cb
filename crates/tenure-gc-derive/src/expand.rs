//! The implementation that the derive writes.
//!
//! Every mention of a field's type carries the span of that type, so that the compiler complains
//! about the field and not about the derive.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{DeriveInput, Error, GenericParam, Generics, Lifetime, Path, Result, parse_quote};

use crate::attributes::{self, OfType};
use crate::fields::{self, Field, Shape};

/// What the parts of the expansion have in common.
struct Plan<'a> {
    input: &'a DeriveInput,
    said: OfType,
    home: Path,
    brand: Lifetime,
    shapes: Vec<Shape>,
}

/// `unsafe impl Trace` for a type, and the checks beside it.
///
/// # Errors
/// The type is one that cannot be visited, or an attribute is wrong.
pub(crate) fn implementation(input: &DeriveInput) -> Result<TokenStream> {
    let said = attributes::of_type(&input.attrs)?;
    let plan = Plan {
        input,
        home: (said.home.clone()).unwrap_or_else(|| parse_quote!(::tenure_gc)),
        brand: brand(&input.generics, &said)?,
        shapes: fields::shapes(input)?,
        said,
    };
    let implementation = plan.implementation();
    let no_drop = plan.refuse_drop();
    let concurrent = plan.require_concurrent();
    Ok(quote! { #implementation #no_drop #concurrent })
}

/// The brand: the lifetime of the type, or one of our own if it has none.
fn brand(generics: &Generics, said: &OfType) -> Result<Lifetime> {
    let lifetimes: Vec<&Lifetime> = generics.lifetimes().map(|one| &one.lifetime).collect();
    if let Some(named) = &said.brand {
        return match lifetimes.contains(&named) {
            true => Ok(named.clone()),
            false => Err(Error::new_spanned(named, "the type has no such lifetime")),
        };
    }
    match lifetimes[..] {
        [] => Ok(Lifetime::new("'__gc", Span::call_site())),
        [_] if said.leaf.is_some() => Ok(Lifetime::new("'__gc", Span::call_site())),
        [one] => Ok(one.clone()),
        [_, second, ..] => Err(Error::new_spanned(
            second,
            "which lifetime is the brand of the pointers? Say `#[trace(brand = 'a)]` on the type",
        )),
    }
}

impl Plan<'_> {
    /// The fields that are visited, of all shapes.
    fn visited(&self) -> impl Iterator<Item = &Field> {
        let leaf = self.said.leaf.is_some();
        let all = self.shapes.iter().flat_map(|shape| &shape.fields);
        all.filter(move |field| !leaf && !field.leaf)
    }

    /// The generics of the implementation: the brand comes in, parameters get bounds.
    fn generics(&self) -> Generics {
        let (home, brand) = (&self.home, &self.brand);
        let mut generics = self.input.generics.clone();
        let own = generics.lifetimes().any(|one| one.lifetime == *brand);
        let named: Vec<Ident> = (self.input.generics.type_params())
            .map(|one| one.ident.clone())
            .filter(|name| (self.visited()).any(|field| !field.is_phantom() && field.names(name)))
            .collect();
        let bounds = generics.make_where_clause();
        for name in named {
            bounds
                .predicates
                .push(parse_quote!(#name: #home::Trace<#brand>));
        }
        if self.said.leaf.is_some() {
            bounds.predicates.push(parse_quote!(Self: 'static));
        }
        if !own {
            generics.params.insert(0, parse_quote!(#brand));
        }
        generics
    }

    /// The implementation itself.
    fn implementation(&self) -> TokenStream {
        let (home, brand, name) = (&self.home, &self.brand, &self.input.ident);
        let generics = self.generics();
        let (params, _, bounds) = generics.split_for_impl();
        let (_, arguments, _) = self.input.generics.split_for_impl();
        let trace = self.body(|field, kind| {
            let (label, local) = (&field.label, &field.local);
            quote_spanned! {kind.span()=>
                if <#kind as #home::Trace<#brand>>::NEEDS_TRACE {
                    #home::Visitor::field(__visitor, #label);
                    <#kind as #home::Trace<#brand>>::trace(#local, __visitor);
                }
            }
        });
        let relocate = self.body(|field, kind| {
            let local = &field.local;
            quote_spanned! {kind.span()=>
                if <#kind as #home::Trace<#brand>>::NEEDS_TRACE {
                    <#kind as #home::Trace<#brand>>::relocate(#local, __relocator);
                }
            }
        });
        let (needs, concurrent) = (self.needs_trace(), self.concurrent());
        let statics = self.assert_statics();
        quote! {
            // SAFETY: both methods come from one list of all fields, in order; what is left out
            // is `'static`, so it holds no pointer of the brand.
            #[automatically_derived]
            #[allow(unused_qualifications, reason = "who uses the derive has not written them")]
            unsafe impl #params #home::Trace<#brand> for #name #arguments #bounds {
                const NEEDS_TRACE: bool = #needs;
                const CONCURRENT: bool = #concurrent;

                #[inline]
                fn trace<__Visitor: #home::Visitor<#brand>>(&self, __visitor: &mut __Visitor) {
                    #statics
                    let _ = &__visitor;
                    #trace
                }

                #[inline]
                fn relocate<__Relocator: #home::Relocator<#brand>>(
                    &mut self,
                    __relocator: &mut __Relocator,
                ) {
                    let _ = &__relocator;
                    #relocate
                }
            }
        }
    }

    /// A match on the shape, with `visit` for each field that is visited.
    fn body(&self, visit: impl Fn(&Field, TokenStream) -> TokenStream) -> TokenStream {
        if self.visited().next().is_none() {
            return TokenStream::new();
        }
        let arms = self.shapes.iter().map(|shape| {
            let path = match &shape.variant {
                Some(variant) => quote!(Self::#variant),
                None => quote!(Self),
            };
            let fields: Vec<&Field> = shape.fields.iter().filter(|field| !field.leaf).collect();
            let (members, locals): (Vec<_>, Vec<_>) = fields
                .iter()
                .map(|field| (&field.member, &field.local))
                .unzip();
            let visits = (fields.iter()).map(|field| visit(field, field.kind.to_token_stream()));
            quote! { #path { #(#members: #locals,)* .. } => { #(#visits)* } }
        });
        quote! { match self { #(#arms)* } }
    }

    /// The constant that says whether there is anything to visit.
    fn needs_trace(&self) -> TokenStream {
        let (home, brand, own) = (&self.home, &self.brand, &self.input.ident);
        let this = Ident::new("Self", Span::call_site());
        // A field that names the type itself cannot be asked: its answer would ask for this one.
        let knot = |field: &Field| field.names(own) || field.names(&this);
        if self.said.always || self.visited().any(knot) {
            return quote!(true);
        }
        let parts = self.visited().map(|field| {
            let kind = &field.kind;
            quote_spanned!(kind.span()=> <#kind as #home::Trace<#brand>>::NEEDS_TRACE)
        });
        quote!(false #(|| #parts)*)
    }

    /// The constant that says whether the value may be visited while its owner writes.
    fn concurrent(&self) -> TokenStream {
        let (home, brand) = (&self.home, &self.brand);
        let parts = self.visited().map(|field| {
            let kind = &field.kind;
            let part = quote_spanned!(kind.span()=> <#kind as #home::Trace<#brand>>::CONCURRENT);
            match self.said.concurrent {
                true => {
                    let told = told(field);
                    quote_spanned!(kind.span()=> { ::core::assert!(#part, #told); true })
                }
                false => part,
            }
        });
        quote!(true #(&& #parts)*)
    }

    /// Asserts that the fields that are left out are `'static`.
    fn assert_statics(&self) -> TokenStream {
        if self.said.leaf.is_some() {
            return TokenStream::new();
        }
        let all = self.shapes.iter().flat_map(|shape| &shape.fields);
        let checks: Vec<TokenStream> = (all.filter(|field| field.leaf))
            .map(|field| {
                let kind = &field.kind;
                quote_spanned!(kind.span()=> __is_static::<#kind>();)
            })
            .collect();
        if checks.is_empty() {
            return TokenStream::new();
        }
        quote! {
            #[inline(always)]
            fn __is_static<__Field: ?::core::marker::Sized + 'static>() {}
            #(#checks)*
        }
    }

    /// Beside a type that may hold pointers of a brand: an implementation that none may share with
    /// types that implement `Drop`.
    fn refuse_drop(&self) -> TokenStream {
        let generics = &self.input.generics;
        let plain =
            generics.lifetimes().next().is_none() && generics.type_params().next().is_none();
        if plain || self.said.unsafe_drop || self.said.leaf.is_some() {
            return TokenStream::new();
        }
        let name = &self.input.ident;
        let (params, arguments, bounds) = generics.split_for_impl();
        let message = Ident::new("WhatHoldsGcMayNotImplementDrop", Span::call_site());
        let own =
            quote_spanned!(name.span()=> impl #params #message for #name #arguments #bounds {});
        quote! {
            const _: () = {
                trait #message {}
                #[allow(drop_bounds, reason = "the bound is the question")]
                impl<__Any: ?::core::marker::Sized + ::core::ops::Drop> #message for __Any {}
                #own
            };
        }
    }

    /// Beside a type without type parameters that must be concurrent: the check of each field.
    fn require_concurrent(&self) -> TokenStream {
        let generics = &self.input.generics;
        let open = generics
            .params
            .iter()
            .any(|one| !matches!(one, GenericParam::Lifetime(_)));
        if !self.said.concurrent || open {
            return TokenStream::new();
        }
        let home = &self.home;
        let names: Vec<&Ident> = generics
            .lifetimes()
            .map(|one| &one.lifetime.ident)
            .collect();
        let checks = self.visited().map(|field| {
            let kind = closed(field.kind.to_token_stream(), &names);
            let told = told(field);
            quote_spanned! {field.kind.span()=>
                #[allow(unused_qualifications, reason = "so it stands in the type")]
                const _: () = ::core::assert!(
                    <#kind as #home::Trace<'static>>::CONCURRENT, #told
                );
            }
        });
        quote!(#(#checks)*)
    }
}

/// What is said about a field that cannot be visited while its owner writes.
fn told(field: &Field) -> String {
    format!(
        "field `{}` cannot be traced while its owner writes to it",
        field.label
    )
}

/// The tokens of a type with `'static` in the place of the lifetimes named.
fn closed(tokens: TokenStream, names: &[&Ident]) -> TokenStream {
    let mut after_quote = false;
    (tokens.into_iter())
        .map(|token| match token {
            TokenTree::Group(group) => {
                let mut inside = Group::new(group.delimiter(), closed(group.stream(), names));
                inside.set_span(group.span());
                TokenTree::Group(inside)
            }
            TokenTree::Ident(ident) if after_quote && names.iter().any(|one| **one == ident) => {
                after_quote = false;
                TokenTree::Ident(Ident::new("static", ident.span()))
            }
            other => {
                after_quote = matches!(&other, TokenTree::Punct(mark) if mark.as_char() == '\'');
                other
            }
        })
        .collect()
}
