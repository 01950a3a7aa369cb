//! What the derive writes, looked at by a visitor that keeps books.

use std::cell::{Cell, RefCell};
use std::marker::PhantomData;

use tenure_gc::{Edge, Relocator, Trace, Visitor};

/// Stands in for a pointer: tells its number to the visitor.
struct Slot<'gc>(u8, PhantomData<Cell<&'gc ()>>);

/// As an index, the number goes through the one channel that any visitor has.
// SAFETY: it presents no pointer at all.
unsafe impl<'gc> Trace<'gc> for Slot<'gc> {
    const CONCURRENT: bool = true;

    fn trace<V: Visitor<'gc>>(&self, visitor: &mut V) {
        visitor.element(self.0 as usize);
    }

    fn relocate<R: Relocator<'gc>>(&mut self, _: &mut R) {
        self.0 += 100;
    }
}

fn slot<'gc>(number: u8) -> Slot<'gc> {
    Slot(number, PhantomData)
}

/// Writes down what it is shown.
#[derive(Default)]
struct Book(Vec<String>);

impl<'gc> Visitor<'gc> for Book {
    fn field(&mut self, name: &'static str) {
        self.0.push(name.to_owned());
    }

    fn element(&mut self, index: usize) {
        self.0.push(index.to_string());
    }

    fn strong(&mut self, _: Edge<'gc>) {}
}

impl<'gc> Relocator<'gc> for Book {
    fn strong(&mut self, _: &mut Edge<'gc>) {}
}

fn seen<'gc>(value: &impl Trace<'gc>) -> String {
    let mut book = Book::default();
    value.trace(&mut book);
    book.0.join(" ")
}

fn needs<'gc, T: Trace<'gc>>(_: &T) -> bool {
    T::NEEDS_TRACE
}

fn concurrent<'gc, T: Trace<'gc>>(_: &T) -> bool {
    T::CONCURRENT
}

#[derive(Trace)]
struct Named<'gc> {
    count: u32,
    left: Slot<'gc>,
    #[trace(static)]
    cache: RefCell<Vec<u8>>,
    r#type: Option<Slot<'gc>>,
}

#[test]
fn fields_with_pointers_are_visited_with_their_names_in_order() {
    let mut value = Named {
        count: 1,
        left: slot(7),
        cache: RefCell::new(vec![1]),
        r#type: Some(slot(8)),
    };
    assert_eq!(seen(&value), "left 7 type 8");
    value.relocate(&mut Book::default());
    assert_eq!(seen(&value), "left 107 type 108");
    assert_eq!((value.count, value.cache.borrow().len()), (1, 1));
    assert!(needs(&value) && concurrent(&value));
}

#[derive(Trace)]
enum Shape<'a, T, const N: usize>
where
    T: Clone,
{
    Empty,
    Point(u8, Slot<'a>),
    Area {
        corners: [T; N],
        inside: Vec<Slot<'a>>,
    },
}

#[test]
fn variants_and_parameters_are_visited() {
    let empty = Shape::<'_, u8, 2>::Empty;
    assert_eq!(seen(&empty), "");
    assert_eq!(seen(&Shape::<u8, 2>::Point(1, slot(3))), "1 3");
    let area = Shape::Area::<Option<u8>, 2> {
        corners: [None, None],
        inside: vec![slot(4), slot(5)],
    };
    // A vector may move its elements: it cannot be looked at meanwhile.
    assert!(!concurrent(&area));
    assert_eq!(seen(&area), "inside 0 4 1 5");
    let mut none = Some(Shape::<u8, 2>::Empty);
    none.relocate(&mut Book::default());
    assert!(matches!(none, Some(Shape::Empty)));
}

#[derive(Trace)]
struct Leaf {
    name: String,
    size: (u8, u8),
}

#[derive(Trace)]
struct Unit;

#[derive(Trace)]
enum Never {}

#[test]
fn a_type_without_pointers_is_not_looked_into() {
    let leaf = Leaf {
        name: "a".to_owned(),
        size: (1, 2),
    };
    assert!(!needs(&leaf) && !needs(&Unit) && !<Never as Trace<'_>>::NEEDS_TRACE);
    assert_eq!((leaf.name.len(), leaf.size), (1, (1, 2)));
}

#[derive(Trace)]
enum List<'gc> {
    End,
    More(Slot<'gc>, Box<List<'gc>>),
}

#[derive(Trace)]
#[trace(always)]
struct Hen<'gc> {
    eggs: Vec<Egg<'gc>>,
}

#[derive(Trace)]
struct Egg<'gc> {
    hen: Option<Box<Hen<'gc>>>,
    mark: Slot<'gc>,
}

#[test]
fn types_may_hold_themselves_and_each_other() {
    let list = List::More(slot(1), Box::new(List::More(slot(2), Box::new(List::End))));
    assert_eq!(seen(&list), "0 1 1 0 2 1");
    let egg = || Egg {
        hen: None,
        mark: slot(6),
    };
    let hen = Hen { eggs: vec![egg()] };
    assert_eq!(seen(&hen), "eggs 0 hen mark 6");
}

/// Not `Trace`.
struct Opaque;

#[derive(Trace)]
struct Typed<T> {
    kind: PhantomData<fn() -> T>,
    id: u32,
}

#[test]
fn a_parameter_that_no_field_holds_needs_no_bound() {
    let typed = Typed::<Opaque> {
        kind: PhantomData,
        id: 3,
    };
    assert!(!needs(&typed) && concurrent(&typed));
    assert_eq!((typed.id, typed.kind), (3, PhantomData));
}

#[derive(Trace)]
#[trace(static)]
struct Whole<T: 'static>(RefCell<Vec<T>>);

#[derive(Trace)]
#[trace(static)]
struct Closed(Cell<u8>);

impl Drop for Closed {
    fn drop(&mut self) {
        self.0.set(0);
    }
}

#[derive(Trace)]
struct Plain {
    value: u32,
}

impl Drop for Plain {
    fn drop(&mut self) {
        self.value = 0;
    }
}

#[derive(Trace)]
#[trace(unsafe_drop)]
struct Loud<'gc>(Slot<'gc>);

impl Drop for Loud<'_> {
    fn drop(&mut self) {}
}

#[test]
fn what_holds_no_pointer_of_a_brand_may_implement_drop() {
    let whole = Whole(RefCell::new(vec![Opaque]));
    assert!(!needs(&whole) && whole.0.borrow().len() == 1);
    assert!(!needs(&Closed(Cell::new(0))));
    assert!(!needs(&Plain { value: 1 }));
    assert_eq!(seen(&Loud(slot(9))), "0 9");
}

/// A crate that exports `tenure_gc` under a name of its own.
mod front {
    pub(crate) use tenure_gc as heap;
}

#[derive(Trace)]
#[trace(crate = crate::expansion::front::heap, concurrent, brand = 'b)]
struct Renamed<'a, 'b> {
    lent: PhantomData<&'a u8>,
    own: (Slot<'b>, Option<Slot<'b>>),
}

#[test]
fn the_trait_may_be_found_elsewhere() {
    let value = Renamed {
        lent: PhantomData,
        own: (slot(1), None),
    };
    assert_eq!(seen(&value), "own 0 1 1");
    assert_eq!(value.lent, PhantomData);
}
