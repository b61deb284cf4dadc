//! The `unreel` binary; everything is in the library.

fn main() {
    std::process::exit(unreel::cli::main());
}
