//! Tells the linker what a preloaded library must be: named, and never unloaded.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libtenure.so");
    // Blocks, thread keys and fork handlers outlive any `dlclose`.
    println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
    // On this processor the tables of `core` name the handler of Rust's unwinding, which a library
    // that aborts on a panic does not have: nobody is called.
    if std::env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch == "aarch64") {
        println!("cargo::rustc-cdylib-link-arg=-Wl,--defsym=rust_eh_personality=0");
    }
}
