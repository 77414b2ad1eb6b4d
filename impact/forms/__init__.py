"""The quarterly form as a door for lines: it knows Dutch notation and where each field stands, and nothing else.

A section is made from lines or from what was posted, gives its lines with the problems of syntax, and shows every
problem at its field. Whether the lines can be true is for `submission.check`.
"""
