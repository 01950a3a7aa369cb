//! The heap as its users see it.

use tenure_heap::Tenure;

#[global_allocator]
static HEAP: Tenure = Tenure::new();

mod smoke;
