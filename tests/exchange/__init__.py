"""An exchange on loopback that speaks Binance's words, for the unmodified client library to talk to."""
