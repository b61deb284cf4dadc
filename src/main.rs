//! The `unreel` program.

fn main() {
    if std::env::args().nth(1).as_deref() == Some("__sandbox") {
        std::process::exit(unreel::sandbox::helper_main());
    }
}
