//! A value is left under a key in a pool that does not live for ever.

fn main() {
    let pool = tenure_region::Pool::<u32, 4>::new(); //@ wrong
    static POOL: tenure_region::Pool<u32, 4> = tenure_region::Pool::new(); //@ right
    let pool = &POOL; //@ right
    let key = pool.alloc(1).unwrap().leave();
    println!("{key:?}");
}
//~ 7: E0597: `pool` does not live long enough
