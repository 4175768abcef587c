"""What a decision's model is shown: twenty-four numbers, each with the moment from which it was known."""
