"""Every act of the board, by room:

`terms`       terms of office, seats, offices
`matters`     what is put before the board, and how a matter ends without a decision
`voting`      votes, conflicts of interest, absence
`resolving`   declaring a resolution; decisions taken at a meeting
`reminding`   the association's own clock
"""
