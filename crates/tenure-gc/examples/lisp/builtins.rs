//! Functions that the language has by itself.

use tenure_gc::{Trace, field};

use crate::fault::Fault;
use crate::machine::Maker;
use crate::value::{Pair, Value};

/// A function of the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Trace)]
pub(crate) enum Builtin {
    Add,
    Subtract,
    Remainder,
    Less,
    Is,
    Cons,
    Car,
    Cdr,
    SetCar,
    SetCdr,
    IsPair,
    OpenPort,
    PortNumber,
    Remember,
    Recall,
}

impl Builtin {
    /// All of them, with their names.
    pub(crate) const ALL: [(&'static str, Self); 15] = [
        ("+", Self::Add),
        ("-", Self::Subtract),
        ("remainder", Self::Remainder),
        ("<", Self::Less),
        ("eq?", Self::Is),
        ("cons", Self::Cons),
        ("car", Self::Car),
        ("cdr", Self::Cdr),
        ("set-car!", Self::SetCar),
        ("set-cdr!", Self::SetCdr),
        ("pair?", Self::IsPair),
        ("open-port", Self::OpenPort),
        ("port-number", Self::PortNumber),
        ("remember!", Self::Remember),
        ("recall", Self::Recall),
    ];

    /// Calls it.
    pub(crate) fn call<'gc>(
        self,
        maker: &Maker<'gc, '_>,
        arguments: &[Value<'gc>],
    ) -> Result<Value<'gc>, Fault> {
        use Value::{Bool, Int, Nil, Pair as P};
        Ok(match (self, arguments) {
            (Self::Add, [Int(left), Int(right)]) => Int(left.wrapping_add(*right)),
            (Self::Subtract, [Int(left), Int(right)]) => Int(left.wrapping_sub(*right)),
            (Self::Remainder, [Int(_), Int(0)]) => return Err(Fault::Zero),
            (Self::Remainder, [Int(left), Int(right)]) => Int(left.wrapping_rem(*right)),
            (Self::Less, [Int(left), Int(right)]) => Bool(left < right),
            (Self::Is, [left, right]) => Bool(left.is(*right)),
            (Self::Cons, [car, cdr]) => maker.cons(*car, *cdr),
            (Self::Car, [P(pair)]) => pair.car.get(),
            (Self::Cdr, [P(pair)]) => pair.cdr.get(),
            (Self::SetCar, [P(pair), value]) => {
                field!(maker.mc.write(*pair), Pair, car).set(*value);
                Nil
            }
            (Self::SetCdr, [P(pair), value]) => {
                field!(maker.mc.write(*pair), Pair, cdr).set(*value);
                Nil
            }
            (Self::OpenPort, []) => maker.open_port(),
            (Self::PortNumber, [Value::Port(port)]) => Int(port.number as i64),
            (Self::Remember, [Int(key), P(pair)]) => {
                maker.remember(*key, *pair);
                Nil
            }
            (Self::Recall, [Int(key)]) => maker.recall(*key).map_or(Nil, P),
            (Self::IsPair, [value]) => Bool(matches!(value, P(_))),
            _ => return Err(Fault::Arguments(self)),
        })
    }
}
