"""Press: forms and copies in, one PDF a volume out. Owns ReportLab.

`stamp` makes the operators that write a copy, `type0` embeds the fonts they use, `art`
takes a form's art over, `volume` puts it all into one file. Starts without WeasyPrint.
"""
