"""English given names: who bears them, and what they are shortened to."""

__all__ = ["FORMAL", "GENDER_OF"]

_MEN = """
Abel Abner Abraham Adam Adolphus Adrian Alan Albert Alec Alexander Alfred Algernon Allan Ambrose Amos Andrew Anthony
Archibald Arnold Arthur Aubrey Augustus Barnaby Basil Benedict Benjamin Bernard Bertram Caleb Cecil Charles
Christopher Clarence Claude Clement Clifford Clive Cuthbert Cyril Daniel David Dennis Donald Douglas Duncan Ebenezer
Edgar Edmund Edward Edwin Eli Elias Ephraim Ernest Eustace Ezra Felix Ferdinand Frank Frederick Gabriel Geoffrey
George Gerald Gideon Gilbert Giles Godfrey Gordon Graham Gregory Guy Harold Harry Harvey Hector Henry Herbert Herman
Horace Howard Hubert Hugh Humphrey Ian Isaac Ivan Jack Jacob James Jasper Jeremiah Jerome Job Joel John Jonas Jonathan
Joseph Joshua Julian Julius Keith Kenneth Lancelot Laurence Lawrence Leonard Leopold Leslie Lewis Lionel Louis Lucas
Luke Malcolm Mark Marmaduke Martin Matthew Maurice Maxwell Michael Miles Montague Mortimer Moses Nathaniel Neville
Newland Nicholas Nigel Noah Noel Norman Oliver Oscar Oswald Owen Patrick Paul Percival Percy Peter Philip Quentin
Ralph Randolph Raymond Reginald Reuben Richard Robert Roderick Rodney Roger Roland Ronald Rufus Rupert Samuel
Sebastian Septimus Seth Sidney Silas Simon Solomon Stanley Stephen Theodore Thomas Timothy Tobias Toby Vernon Victor
Vincent Vivian Walter Wilfred William
"""
_WOMEN = """
Abigail Ada Adela Adelaide Agatha Agnes Alexandra Alice Amanda Amelia Amy Anastasia Angela Ann Anna Anne Annette
Antonia Augusta Barbara Beatrice Bertha Blanche Bridget Caroline Catherine Cecilia Celia Charlotte Christina Clara
Clarissa Constance Cora Cordelia Cornelia Daisy Daphne Deborah Delia Diana Dinah Dora Dorothea Dorothy Edith Edna
Eleanor Eliza Elizabeth Ella Ellen Elsie Emily Emma Esther Ethel Eugenia Eunice Eva Eve Evelina Evelyn Fanny Felicia
Flora Florence Frances Georgiana Geraldine Gertrude Gladys Grace Gwendolen Hannah Harriet Helen Helena Henrietta
Hester Hilda Honora Ida Irene Isabel Isabella Jane Janet Jean Jemima Jessie Joan Joanna Josephine Judith Julia Juliana
Juliet Katharine Katherine Laura Lavinia Letitia Lilian Lily Louisa Louise Lucilla Lucinda Lucy Lydia Mabel Madeline
Margaret Maria Marian Marianne Marion Martha Mary Matilda Maud May Mildred Millicent Minnie Miriam Muriel Myrtle Nancy
Naomi Nora Olive Olivia Pamela Patience Penelope Phoebe Phyllis Priscilla Prudence Rachel Rebecca Rhoda Rosalind
Rosamond Rose Ruth Sally Sarah Selina Sophia Stella Susan Susanna Sybil Sylvia Teresa Theodosia Theresa Ursula
Victoria Viola Violet Virginia Winifred
"""
_SHORTENED = """
Abe=Abraham Al=Albert Alec=Alexander Alex=Alexander Algy=Algernon Andy=Andrew Archie=Archibald Art=Arthur Ben=Benjamin
Bert=Albert Bertie=Bertram Bill=William Billy=William Bob=Robert Bobby=Robert Charley=Charles Charlie=Charles
Chris=Christopher Dan=Daniel Dave=David Dick=Richard Dickie=Richard Ed=Edward Eddie=Edward Ned=Edward Teddy=Edward
Fred=Frederick Freddy=Frederick Freddie=Frederick Gil=Gilbert Hal=Henry Jake=Jacob Jem=James Jim=James Jimmy=James
Jerry=Jeremiah Joe=Joseph Joey=Joseph Johnny=John Jon=Jonathan Josh=Joshua Ken=Kenneth Larry=Lawrence Len=Leonard
Lew=Lewis Matt=Matthew Max=Maxwell Mike=Michael Mick=Michael Nat=Nathaniel Nick=Nicholas Noll=Oliver Pat=Patrick
Pete=Peter Phil=Philip Ralphie=Ralph Reggie=Reginald Rob=Robert Ronnie=Ronald Sam=Samuel Sammy=Samuel Sid=Sidney
Sim=Simon Steve=Stephen Ted=Edward Theo=Theodore Tim=Timothy Tom=Thomas Tommy=Thomas Tony=Anthony Vic=Victor
Wat=Walter Will=William Willie=William Willy=William Abby=Abigail Addie=Adelaide Aggie=Agnes Annie=Anne Bab=Barbara
Beatty=Beatrice Becky=Rebecca Bel=Isabella Belle=Isabella Bella=Isabella Bess=Elizabeth Bessie=Elizabeth
Bessy=Elizabeth Beth=Elizabeth Betsy=Elizabeth Betty=Elizabeth Biddy=Bridget Carrie=Caroline Cathy=Catherine
Kitty=Catherine Kate=Katherine Katie=Katherine Celie=Celia Charley=Charlotte Lottie=Charlotte Cissy=Cecilia
Connie=Constance Debby=Deborah Dolly=Dorothea Dot=Dorothy Edie=Edith Effie=Euphemia Ellie=Eleanor Nell=Ellen
Nellie=Ellen Nelly=Ellen Lizzie=Elizabeth Lizzy=Elizabeth Em=Emily Emmy=Emily Fan=Fanny Flo=Florence Flossie=Florence
Georgy=Georgiana Gertie=Gertrude Hatty=Harriet Hattie=Harriet Hetty=Hester Issy=Isabel Jen=Jane Jenny=Jane
Josie=Josephine Jo=Josephine Kit=Catherine Lettie=Letitia Letty=Letitia Lou=Louisa Lucie=Lucy Madge=Margaret
Maggie=Margaret Meg=Margaret Peggy=Margaret Mattie=Martha Patty=Martha Maudie=Maud Millie=Mildred Milly=Millicent
Minny=Minnie Moll=Mary Molly=Mary Nance=Nancy Nettie=Henrietta Netty=Henrietta Penny=Penelope Prissy=Priscilla
Rosie=Rose Sadie=Sarah Sal=Sally Sophy=Sophia Sue=Susan Susie=Susan Sukey=Susan Tess=Teresa Tessa=Teresa Tilly=Matilda
Trudy=Gertrude Vi=Violet Winnie=Winifred
"""

FORMAL: dict[str, str] = dict(pair.split("=") for pair in _SHORTENED.split())
"""What a shortened name stands for."""

GENDER_OF: dict[str, str] = dict.fromkeys(_MEN.split(), "M") | dict.fromkeys(_WOMEN.split(), "F")
"""M or F for a given name, short or not, that men or women alone bear."""
GENDER_OF |= {short: GENDER_OF[name] for short, name in FORMAL.items() if name in GENDER_OF}
