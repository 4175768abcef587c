"""Exchanges by way of ccxt: the one place where it is imported, and only when an exchange is used."""
