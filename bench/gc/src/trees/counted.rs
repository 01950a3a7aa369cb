//! Trees of the standard library's pointers.

/// A module with nodes behind the pointer `$pointer`.
macro_rules! trees_of {
    ($name:ident, $pointer:ident, $path:path) => {
        pub(crate) mod $name {
            use $path;

            struct Node {
                left: Option<$pointer<Node>>,
                right: Option<$pointer<Node>>,
            }

            fn make(depth: u32) -> $pointer<Node> {
                let below = |_| (depth > 0).then(|| make(depth - 1));
                let (left, right) = (below(()), below(()));
                $pointer::new(Node { left, right })
            }

            fn count(node: &Node) -> u32 {
                match (&node.left, &node.right) {
                    (Some(left), Some(right)) => 1 + count(left) + count(right),
                    _ => 1,
                }
            }

            #[derive(Default)]
            pub(crate) struct Contender(Option<$pointer<Node>>);

            impl crate::trees::Trees for Contender {
                fn make_and_count(&mut self, depth: u32) -> u32 {
                    count(&make(depth))
                }
                fn keep(&mut self, depth: u32) {
                    self.0 = Some(make(depth));
                }
                fn count_kept(&mut self) -> u32 {
                    self.0.as_deref().map_or(0, count)
                }
            }
        }
    };
}

trees_of!(boxed, Box, std::boxed::Box);
trees_of!(rc, Rc, std::rc::Rc);
