"""What tests share: made-up corpora, planted structure, small models, commands."""
