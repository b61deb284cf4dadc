//! The `unreel` program.

fn main() {
    std::process::exit(unreel::cli::main());
}
