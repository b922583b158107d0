"""The commands of ./bihuan: one module each with `main(argv) -> int`, and a table in __main__."""
