"""The command ``credit-gateway``: parse, call one use case, show what it says.

Start at ``root``, which lists every command; a command's own module has its name. What all
share: ``session`` (which city), ``answer`` (what is printed), ``failures`` (what is refused).
"""

from gateway.cli.root import credit_gateway

__all__ = ["main"]


def main() -> None:
    """Run the command line of this process and exit with 0 ok, 1 refused, 2 usage, 3 unavailable.

    Whatever was refused is one line on stderr; only a bug leaves a traceback.
    """
    credit_gateway.main(prog_name="credit-gateway")
