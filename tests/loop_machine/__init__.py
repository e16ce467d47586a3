"""Random verbs by random actors through random doors at random times never break what the loop promises.

`promises` says in its own words what may never happen and looks at each single act, `standing` at what it made of each
loop; `texting` and `sharing` remember what the persons allowed; `world` makes the exchange and its clock.
`test_machine` draws the verbs: of who asks, of both sides, of the person, and in `trying` of whoever may not. What is
right is nowhere asked of the product, but for what a preview shows.
"""
