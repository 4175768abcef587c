"""The language model's seat: what it sees, what it may say, how that is checked, and how little it can move.

No network is touched here; a provider is any Synthesizer, and a reply is judged the same whoever wrote it.
"""
