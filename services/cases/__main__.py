"""python -m services.cases"""

from services.cases.app import main

main()
