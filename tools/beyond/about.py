"""What every page on what lies beyond the paper says of itself."""

HOW = """\
{{counts}} Pictures, numbers and verdicts follow from the files:

```sh
make beyond ONLY={name}    # this page and its pictures, in build/beyond; {{cost}}
make beyond PAGE=docs     # this page, and the others on what lies beyond the paper, in docs
make beyond QUICK=1       # everything reduced, in build/beyond-quick
```

A number agrees if it is in the range beside it, or out of it by no more than three of its standard errors; one without a
range (–) is told, not judged."""


def how(name: str) -> str:
    """How this page is made, with places for what is known of it then."""
    return HOW.format(name=name)
