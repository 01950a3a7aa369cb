//! The machine that runs the language: control, scope and continuation, all on the heap.
//!
//! A CEK machine (Felleisen and Friedman 1986). A step never calls another, so a program may stop
//! between any two for a collection, and its recursion is as deep as the heap.

use std::cell::Cell;
use std::rc::Rc;
use tenure_gc::{Cleaner, Gc, Lock, Mutation, RefLock, Trace, Weak, field};

use crate::fault::Fault;
use crate::reader::Names;
use crate::value::{Closure, Pair, Port, Symbol, Value, Variable};

type Scope<'gc> = Option<Gc<'gc, Variable<'gc>>>;
type Frames<'gc> = Option<Gc<'gc, Frame<'gc>>>;

/// What is done next.
#[derive(Clone, Copy, Trace)]
enum Control<'gc> {
    /// An expression is evaluated.
    Eval(Value<'gc>, Scope<'gc>),
    /// A value is given to the frame that waits for it.
    Return(Value<'gc>),
}

/// What waits for a value, and what waits behind it.
#[derive(Trace)]
enum Frame<'gc> {
    If(Value<'gc>, Scope<'gc>, Frames<'gc>),
    Sequence(Value<'gc>, Scope<'gc>, Frames<'gc>),
    Define(Symbol, Frames<'gc>),
    Set(Symbol, Scope<'gc>, Frames<'gc>),
    /// Arguments to evaluate, those that are (the last first), where, and what waits.
    Call(Value<'gc>, Value<'gc>, Scope<'gc>, Frames<'gc>),
}

/// The root of the heap.
#[derive(Trace)]
pub(crate) struct Machine<'gc> {
    control: Control<'gc>,
    frames: Frames<'gc>,
    globals: Vec<Option<Value<'gc>>>,
    /// What is remembered under a number as long as somebody else holds it.
    remembered: Remembered<'gc>,
    /// Objects made.
    pub(crate) made: u64,
}

/// Places of the cache; numbers share them.
const PLACES: usize = 256;

type Remembered<'gc> = Gc<'gc, RefLock<Vec<Option<(i64, Weak<'gc, Pair<'gc>>)>>>>;

/// Makes objects, and counts them.
pub(crate) struct Maker<'gc, 'a> {
    pub(crate) mc: &'gc Mutation<'gc>,
    pub(crate) made: &'a Cell<u64>,
    remembered: Remembered<'gc>,
    ports: &'a Ports,
}

/// Ports that are open, and how many ever were.
#[derive(Clone, Default)]
pub(crate) struct Ports(Rc<(Cell<u64>, Cell<u64>)>);

impl Ports {
    /// How many were opened, and how many of them are closed.
    pub(crate) fn counts(&self) -> (u64, u64) {
        (self.0.0.get(), self.0.1.get())
    }
}

impl<'gc> Maker<'gc, '_> {
    fn make<T: Trace<'gc>>(&self, value: T) -> Gc<'gc, T> {
        self.made.set(self.made.get() + 1);
        self.mc.alloc(value)
    }

    /// A pair.
    pub(crate) fn cons(&self, car: Value<'gc>, cdr: Value<'gc>) -> Value<'gc> {
        Value::Pair(self.make(Pair {
            car: Lock::new(car),
            cdr: Lock::new(cdr),
        }))
    }

    /// A port, which is closed when nobody holds it any more.
    pub(crate) fn open_port(&self) -> Value<'gc> {
        let number = self.ports.0.0.get() + 1;
        self.ports.0.0.set(number);
        let port = self.make(Port { number });
        let ports = self.ports.clone();
        // The heap keeps what is to be done, and does it behind the pause that finds it dead.
        Cleaner::new(self.mc, port, move || {
            ports.0.1.set(ports.0.1.get() + 1);
        });
        Value::Port(port)
    }

    /// Remembers a pair under a number, weakly.
    pub(crate) fn remember(&self, key: i64, pair: Gc<'gc, Pair<'gc>>) {
        let weak = Weak::new(self.mc, pair);
        let mut places = self.mc.write(self.remembered).borrow_mut();
        places[key.rem_euclid(PLACES as i64) as usize] = Some((key, weak));
    }

    /// The pair that is remembered under a number, if it lives.
    pub(crate) fn recall(&self, key: i64) -> Option<Gc<'gc, Pair<'gc>>> {
        let places = self.remembered.borrow();
        match places[key.rem_euclid(PLACES as i64) as usize] {
            Some((its, weak)) if its == key => weak.upgrade(self.mc),
            _ => None,
        }
    }

    /// A list.
    pub(crate) fn list(&self, values: &[Value<'gc>]) -> Value<'gc> {
        let mut list = Value::Nil;
        for value in values.iter().rev() {
            list = self.cons(*value, list);
        }
        list
    }
}

/// Names of the forms of the language, in the order of their numbers.
const FORMS: [&str; 6] = ["quote", "if", "lambda", "define", "set!", "begin"];
const QUOTE: Symbol = Symbol(0);
const IF: Symbol = Symbol(1);
const LAMBDA: Symbol = Symbol(2);
const DEFINE: Symbol = Symbol(3);
const SET: Symbol = Symbol(4);
const BEGIN: Symbol = Symbol(5);

/// Gives the forms their numbers; before any other name.
pub(crate) fn name_forms(names: &mut Names) {
    for form in FORMS {
        names.symbol(form);
    }
}

fn pair<'gc>(value: Value<'gc>) -> Result<(Value<'gc>, Value<'gc>), Fault> {
    match value {
        Value::Pair(pair) => Ok((pair.car.get(), pair.cdr.get())),
        _ => Err(Fault::Form),
    }
}

impl<'gc> Machine<'gc> {
    /// A machine that has nothing to do.
    pub(crate) fn new(mc: &'gc Mutation<'gc>) -> Self {
        Self {
            remembered: mc.alloc(RefLock::new(vec![None; PLACES])),
            control: Control::Return(Value::Nil),
            frames: None,
            globals: Vec::new(),
            made: 0,
        }
    }

    /// What makes objects for this machine.
    pub(crate) fn maker<'a>(
        &self,
        mc: &'gc Mutation<'gc>,
        made: &'a Cell<u64>,
        ports: &'a Ports,
    ) -> Maker<'gc, 'a> {
        Maker {
            mc,
            made,
            remembered: self.remembered,
            ports,
        }
    }

    /// Gives a name a value.
    pub(crate) fn define(&mut self, name: Symbol, value: Value<'gc>) {
        let at = name.0 as usize;
        if self.globals.len() <= at {
            self.globals.resize(at + 1, None);
        }
        self.globals[at] = Some(value);
    }

    /// Evaluates all forms of a list from the next step on.
    pub(crate) fn start(&mut self, forms: Value<'gc>, maker: &Maker<'gc, '_>) {
        let all = maker.cons(Value::Symbol(BEGIN), forms);
        self.control = Control::Eval(all, None);
        self.frames = None;
    }

    /// Runs until a collection is due or the program has ended; its value then.
    pub(crate) fn run(
        &mut self,
        mc: &'gc Mutation<'gc>,
        ports: &Ports,
    ) -> Result<Option<Value<'gc>>, Fault> {
        let made = Cell::new(self.made);
        let maker = self.maker(mc, &made, ports);
        let mut ended = None;
        while ended.is_none() && !mc.should_yield() {
            ended = match self.control {
                Control::Eval(expression, scope) => {
                    self.eval(expression, scope, &maker)?;
                    None
                }
                Control::Return(value) => match self.frames {
                    None => Some(value),
                    Some(frame) => {
                        self.resume(frame, value, &maker)?;
                        None
                    }
                },
            };
        }
        self.made = made.get();
        Ok(ended)
    }

    fn eval(
        &mut self,
        expression: Value<'gc>,
        scope: Scope<'gc>,
        maker: &Maker<'gc, '_>,
    ) -> Result<(), Fault> {
        let (head, rest) = match expression {
            Value::Symbol(name) => {
                self.control = Control::Return(self.value_of(name, scope)?);
                return Ok(());
            }
            Value::Pair(pair) => (pair.car.get(), pair.cdr.get()),
            itself => {
                self.control = Control::Return(itself);
                return Ok(());
            }
        };
        match head {
            Value::Symbol(QUOTE) => self.control = Control::Return(pair(rest)?.0),
            Value::Symbol(IF) => {
                let (condition, branches) = pair(rest)?;
                self.wait(Frame::If(branches, scope, self.frames), maker);
                self.control = Control::Eval(condition, scope);
            }
            Value::Symbol(LAMBDA) => {
                let (parameters, body) = pair(rest)?;
                self.control = Control::Return(Value::Closure(maker.make(Closure {
                    parameters,
                    body,
                    scope,
                })));
            }
            Value::Symbol(name @ (DEFINE | SET)) => {
                let (Value::Symbol(of), value) = pair(rest)? else {
                    return Err(Fault::Form);
                };
                let frame = match name {
                    DEFINE => Frame::Define(of, self.frames),
                    _ => Frame::Set(of, scope, self.frames),
                };
                self.wait(frame, maker);
                self.control = Control::Eval(pair(value)?.0, scope);
            }
            Value::Symbol(BEGIN) => self.sequence(rest, scope, maker)?,
            function => {
                self.wait(Frame::Call(rest, Value::Nil, scope, self.frames), maker);
                self.control = Control::Eval(function, scope);
            }
        }
        Ok(())
    }

    fn wait(&mut self, frame: Frame<'gc>, maker: &Maker<'gc, '_>) {
        self.frames = Some(maker.make(frame));
    }

    /// The forms of a list one after the other; nothing waits for the last, so calls in it are
    /// jumps.
    fn sequence(
        &mut self,
        forms: Value<'gc>,
        scope: Scope<'gc>,
        maker: &Maker<'gc, '_>,
    ) -> Result<(), Fault> {
        let (first, rest) = pair(forms)?;
        if let Value::Pair(_) = rest {
            self.wait(Frame::Sequence(rest, scope, self.frames), maker);
        }
        self.control = Control::Eval(first, scope);
        Ok(())
    }

    fn resume(
        &mut self,
        frame: Gc<'gc, Frame<'gc>>,
        value: Value<'gc>,
        maker: &Maker<'gc, '_>,
    ) -> Result<(), Fault> {
        match *frame {
            Frame::If(branches, scope, next) => {
                self.frames = next;
                let (then, otherwise) = pair(branches)?;
                let taken = if value.is_true() {
                    then
                } else {
                    pair(otherwise)?.0
                };
                self.control = Control::Eval(taken, scope);
            }
            Frame::Sequence(rest, scope, next) => {
                self.frames = next;
                self.sequence(rest, scope, maker)?;
            }
            Frame::Define(name, next) => {
                self.frames = next;
                self.define(name, value);
                self.control = Control::Return(Value::Symbol(name));
            }
            Frame::Set(name, scope, next) => {
                self.frames = next;
                self.set(name, scope, value, maker)?;
                self.control = Control::Return(value);
            }
            Frame::Call(todo, done, scope, next) => {
                let done = maker.cons(value, done);
                self.frames = next;
                if let Value::Pair(todo) = todo {
                    self.wait(Frame::Call(todo.cdr.get(), done, scope, next), maker);
                    self.control = Control::Eval(todo.car.get(), scope);
                } else {
                    self.call(done, maker)?;
                }
            }
        }
        Ok(())
    }

    /// Calls the last value of the list with those before it, which stand in turned order.
    fn call(&mut self, done: Value<'gc>, maker: &Maker<'gc, '_>) -> Result<(), Fault> {
        const ARGUMENTS_MAX: usize = 8;
        let mut values = [Value::Nil; ARGUMENTS_MAX + 1];
        let (mut count, mut rest) = (0, done);
        while let Value::Pair(pair) = rest {
            *values.get_mut(count).ok_or(Fault::Count)? = pair.car.get();
            (count, rest) = (count + 1, pair.cdr.get());
        }
        let [arguments @ .., function] = &mut values[..count] else {
            return Err(Fault::Form);
        };
        arguments.reverse();
        match *function {
            Value::Builtin(builtin) => {
                self.control = Control::Return(builtin.call(maker, arguments)?);
                Ok(())
            }
            Value::Closure(closure) => {
                let (mut scope, mut parameters) = (closure.scope, closure.parameters);
                for argument in arguments {
                    let (Value::Symbol(name), next) = pair(parameters).or(Err(Fault::Count))?
                    else {
                        return Err(Fault::Form);
                    };
                    scope = Some(maker.make(Variable {
                        name,
                        value: Lock::new(*argument),
                        outer: scope,
                    }));
                    parameters = next;
                }
                if let Value::Pair(_) = parameters {
                    return Err(Fault::Count);
                }
                self.sequence(closure.body, scope, maker)
            }
            _ => Err(Fault::NoFunction),
        }
    }

    fn variable(name: Symbol, mut scope: Scope<'gc>) -> Scope<'gc> {
        while let Some(variable) = scope {
            if variable.name == name {
                return scope;
            }
            scope = variable.outer;
        }
        None
    }

    fn value_of(&self, name: Symbol, scope: Scope<'gc>) -> Result<Value<'gc>, Fault> {
        match Self::variable(name, scope) {
            Some(variable) => Ok(variable.value.get()),
            None => {
                let global = self.globals.get(name.0 as usize).copied().flatten();
                global.ok_or(Fault::Unknown(name))
            }
        }
    }

    fn set(
        &mut self,
        name: Symbol,
        scope: Scope<'gc>,
        value: Value<'gc>,
        maker: &Maker<'gc, '_>,
    ) -> Result<(), Fault> {
        match Self::variable(name, scope) {
            Some(variable) => field!(maker.mc.write(variable), Variable, value).set(value),
            None => {
                self.value_of(name, None)?;
                self.define(name, value);
            }
        }
        Ok(())
    }
}
