"""Defence against prompt injection: sentences that give orders to a machine are neither shown to it nor cited."""
