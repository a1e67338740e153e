"""Source `docker`: Amazon Linux 2023's own Python.

source              runs Lambda's base image, installs Python there, and receives a tar
inside_al2023       the program that runs in the container; standard library only
image               lays out the tar's files as the layer's tree
"""
