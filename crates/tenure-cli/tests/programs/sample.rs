//! Work for rustc: generics, traits, closures, collections.
use std::collections::{BTreeMap, HashMap};

pub trait Shape {
    fn area(&self) -> f64;
}
pub struct Square(pub f64);
pub struct Circle(pub f64);
impl Shape for Square {
    fn area(&self) -> f64 {
        self.0 * self.0
    }
}
impl Shape for Circle {
    fn area(&self) -> f64 {
        3.0 * self.0 * self.0
    }
}

pub fn total(shapes: &[Box<dyn Shape>]) -> f64 {
    shapes.iter().map(|shape| shape.area()).sum()
}

pub fn words(text: &str) -> BTreeMap<String, usize> {
    let mut counts = HashMap::new();
    for word in text.split_whitespace() {
        *counts.entry(word.to_lowercase()).or_insert(0) += 1;
    }
    counts.into_iter().collect()
}

pub fn primes(limit: usize) -> Vec<usize> {
    let mut sieve = vec![true; limit];
    (2..limit)
        .filter(|&n| {
            let prime = sieve[n];
            if prime {
                (n * n..limit).step_by(n).for_each(|multiple| sieve[multiple] = false);
            }
            prime
        })
        .collect()
}
