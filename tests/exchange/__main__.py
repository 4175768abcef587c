"""`python -m tests.exchange`: the exchange by hand, until it is stopped."""

from __future__ import annotations

import argparse
import asyncio

from tests.exchange.server import exchange
from tests.exchange.signing import KEY, SECRET


async def serve(port: int, hertz: float, seed: int, *, futures: bool) -> None:
    async with exchange(seed=seed, futures=futures, hertz=hertz, port=port) as server:
        print(f"listening on {server.url}, {', '.join(server.account.listings)}. Ctrl-C stops.")
        print(f"  export BARFINEX_BINANCE_KEY={KEY} BARFINEX_BINANCE_SECRET={SECRET}")
        print(f"  python -m barfinex run --venue binance --endpoint {server.url}")
        await asyncio.Event().wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.exchange", description=__doc__)
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("--hertz", type=float, default=10.0, help="moves of the market a second")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--futures", action="store_true", help="USD-M futures instead of spot")
    args = parser.parse_args()
    try:
        asyncio.run(serve(args.port, args.hertz, args.seed, futures=args.futures))
    except KeyboardInterrupt:
        print("stopped")


if __name__ == "__main__":
    main()
