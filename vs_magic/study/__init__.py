"""Many samples side by side: methods and models compared, one parameter swept, texts judged.

`design` decides what is asked and sends nothing; `running` makes the calls, all under one limit;
`responses` puts equal numbers of responses beside each other; `measure` scores them with
intervals; `comparison` and `sweep` are what users get; `compare` is the entry for plain Python.
"""
