"""The pure vocabulary of Berth: values and rules, no input or output."""
