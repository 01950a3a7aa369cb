//! The cards of an array: which of its elements a collection looks through.

use core::mem::{MaybeUninit, size_of};
use core::ptr::NonNull;

use super::{Parts, elements_per_card};
use crate::evacuate::Evacuator;
use crate::mark::Marker;
use crate::trace::Trace;

/// Dirty cards that a mark looks through in one go.
const CARDS_AT_ONCE: usize = 16;
/// Dirty cards whose elements a minor collection reads ahead.
const CARDS_AHEAD: usize = 16;
/// An element of the card may point to a young object.
const YOUNG: u8 = 1;
/// An element of the card was written to since a mark last looked.
const WRITTEN: u8 = 2;
/// The card of an element that is written to.
pub(super) const WRITTEN_TO: u8 = YOUNG | WRITTEN;

/// A card of elements just made.
pub(super) const fn made(leads_to_young: bool) -> u8 {
    if leads_to_young { WRITTEN_TO } else { WRITTEN }
}

/// The next card at or after `from` with one of the bits, or how many there are.
///
/// # Safety
/// * There are `len` cards there.
unsafe fn next_card(cards: NonNull<u8>, mut from: usize, len: usize, bits: u8) -> usize {
    let pattern = u64::from_ne_bytes([bits; 8]);
    // SAFETY: eight cards lie there, as is checked before each call.
    let eight = |at: usize| unsafe { cards.add(at).cast::<u64>().read_unaligned() } & pattern;
    while from + 32 <= len
        && eight(from) | eight(from + 8) | eight(from + 16) | eight(from + 24) == 0
    {
        from += 32;
    }
    while from + 8 <= len {
        let found = eight(from);
        if found != 0 {
            return from + (u64::from_le(found).trailing_zeros() / 8) as usize;
        }
        from += 8;
    }
    // SAFETY: by contract.
    while from < len && unsafe { cards.add(from).read() } & bits == 0 {
        from += 1;
    }
    from
}

/// Looks through all cards.
///
/// # Safety
/// * `body` is an array of `T`, and nobody else looks at it.
pub(super) unsafe fn evacuate_all<'gc, T: Trace<'gc>>(
    body: NonNull<u8>,
    evacuator: &mut Evacuator<'_>,
) {
    // SAFETY: by contract; there are as many cards as `cards_len` says.
    unsafe {
        let mut parts = Parts::<T>::of(body);
        let mut any = false;
        for card in 0..parts.cards_len() {
            any |= evacuate_card(&mut parts, card, evacuator);
        }
        evacuator.keep_young(any);
    }
}

/// Looks through the dirty cards; the others are known to point to nothing young.
///
/// # Safety
/// * As for `evacuate_all`.
pub(super) unsafe fn evacuate_dirty<'gc, T: Trace<'gc>>(
    body: NonNull<u8>,
    evacuator: &mut Evacuator<'_>,
) {
    // SAFETY: by contract; there are as many cards as `cards_len` says.
    unsafe {
        let mut parts = Parts::<T>::of(body);
        let len = parts.cards_len();
        let (mut from, mut any, mut dirty) = (0, false, 0);
        while from < len {
            let mut ahead = [0; CARDS_AHEAD];
            let mut count = 0;
            while count < CARDS_AHEAD && from < len {
                let card = next_card(parts.cards, from, len, YOUNG);
                if card < len {
                    ahead[count] = card;
                    count += 1;
                }
                from = card + 1;
            }
            touch(&parts, &ahead[..count]);
            for &card in &ahead[..count] {
                any |= evacuate_card(&mut parts, card, evacuator);
            }
            dirty += count;
        }
        evacuator.keep_young(any);
        evacuator.note_cards(dirty);
    }
}

/// Looks through a card. Whether it points to young objects now.
///
/// # Safety
/// * As for `evacuate_all`; the array has this card.
unsafe fn evacuate_card<'gc, T: Trace<'gc>>(
    parts: &mut Parts<T>,
    card: usize,
    evacuator: &mut Evacuator<'_>,
) -> bool {
    // SAFETY: by contract.
    unsafe {
        evacuator.take_kept_young();
        parts.card_mut(card).relocate(evacuator);
        let young = evacuator.take_kept_young();
        let state = parts.cards.add(card);
        state.write(state.read() & !YOUNG | if young { YOUNG } else { 0 });
        young
    }
}

/// Reads the first byte of each card's elements, so that their misses wait together instead of one
/// by one.
///
/// # Safety
/// * The array has these cards.
unsafe fn touch<T>(parts: &Parts<T>, cards: &[usize]) {
    if size_of::<T>() == 0 {
        return;
    }
    for &card in cards {
        // SAFETY: by contract an element lies there; its first byte may be none that was written.
        unsafe {
            let first = parts.elements.add(card * elements_per_card::<T>());
            let byte = first.cast::<MaybeUninit<u8>>().read_volatile();
            core::hint::black_box(byte);
        }
    }
}

/// Shades what the elements written to point to, from a card on, of some cards. Gives the card to
/// go on with, or `None` if there is none.
///
/// # Safety
/// * As for `evacuate_all`.
pub(super) unsafe fn mark_written<'gc, T: Trace<'gc>>(
    body: NonNull<u8>,
    first: usize,
    marker: &mut Marker<'_>,
) -> Option<usize> {
    // SAFETY: by contract.
    unsafe {
        let mut parts = Parts::<T>::of(body);
        let len = parts.cards_len();
        let mut card = next_card(parts.cards, first, len, WRITTEN);
        for _ in 0..CARDS_AT_ONCE {
            if card >= len {
                return None;
            }
            let state = parts.cards.add(card);
            state.write(state.read() & !WRITTEN);
            (*parts.card_mut(card)).trace(marker);
            card = next_card(parts.cards, card + 1, len, WRITTEN);
        }
        Some(card)
    }
}
