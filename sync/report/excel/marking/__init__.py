"""Marks a workbook (.xlsx, .xlsm) inside its package: what is not touched stays as it is, to the byte.

Rooms::

    package      the parts of the file and how they refer to each other
    workbook     which part holds which sheet; macros and signatures go
    worksheet    one sheet: cells, added columns, header, filter, widths, drop-downs
    look         styles for what is added, made from the workbook's own
    comments     comments on cells, beside those that are there
    xml          names, and elements in the order that the schema asks for
"""
