"""What texts of documents say: dates, times, amounts, quantities, addresses in normal forms. Strings in, records out."""
