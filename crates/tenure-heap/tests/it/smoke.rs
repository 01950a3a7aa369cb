//! tmp
use std::collections::HashMap;
#[test]
fn maps() {
    let t: Vec<_> = (0..4)
        .map(|t| {
            std::thread::spawn(move || {
                let mut m = HashMap::new();
                for i in 0..200_000usize {
                    m.insert(i, vec![t as u8; i % 300]);
                    if i % 3 == 0 {
                        m.remove(&(i / 2));
                    }
                }
                for (k, v) in &m {
                    assert_eq!(v.len(), k % 300);
                    assert!(v.iter().all(|b| *b == t as u8));
                }
                m
            })
        })
        .collect();
    for t in t {
        let m = t.join().unwrap();
        drop(m);
    }
    println!("{:?}", tenure_heap::usage());
}
