"""What one reading cannot show: places against their neighbours, networks against each other, and a place's own days.

Everything here is a pure function of frames. What is watched, and how closely, the model says (`watch` of a model).
"""
