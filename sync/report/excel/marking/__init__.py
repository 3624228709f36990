"""Marks a workbook (.xlsx, .xlsm) inside its package: what is not touched stays as it is, to the byte.

Rooms::

    mark        the one door: which part holds which sheet; styles made from the workbook's own; macros and signatures go
    worksheet   one sheet: cells, added columns, header, filter, widths, drop-downs
    comments    comments on cells, beside those that are there
    package     the parts of the file, how they refer to each other, and elements in the order that the schema asks for
"""
