"""How much: payoffs, the Kelly fraction, correlation and the shares of strategies. Recommendations only."""
