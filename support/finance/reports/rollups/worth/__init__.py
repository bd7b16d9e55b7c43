"""When a month of a supporter's became worth how much, and what that moved in each month of the newsroom's.

Triggers (migration 0014) mark whose memberships or paid periods changed. What is known of the future is in here, too:
when a membership will end if nobody pays again. A paid period that has not begun counts for nothing, so its supporter
is summed anew when it does.
"""
